#include "ssl/openssl/revocation/verification.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <set>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/host_name.h"
#include "ssl/openssl/revocation/crl.h"
#include "ssl/openssl/revocation/crl_verdict.h"

namespace muster::ssl {
namespace {

constexpr std::size_t most_names_shown = 10;
constexpr int longest_chain_shown = 20;

// The state of one walk along a chain.
struct Walk {
  Connection& connection;
  CrlFindings crls;
  std::set<int> forged;  // depths with a badly signed CRL
};

int walk_index() {
  static const int index = X509_STORE_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

ServerFault fault_of(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED: return ServerFault::unknown_ca;
    case X509_V_ERR_CERT_HAS_EXPIRED: return ServerFault::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return ServerFault::not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return ServerFault::wrong_name;
    case X509_V_ERR_CERT_REVOKED: return ServerFault::revoked;
    case X509_V_ERR_INVALID_PURPOSE: return ServerFault::wrong_usage;
    default: return ServerFault::other;
  }
}

// The server's last certificate has not signed itself: perhaps it should have sent more.
bool is_issuer_missing(int error) {
  return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

std::string details_of(int error, X509* certificate) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return " on " + iso8601(wall_time(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID: return " before " + iso8601(wall_time(X509_get0_notBefore(certificate)));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      return ", its issuer is " + name_text(X509_get_issuer_name(certificate));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
      const auto names = alternative_names(certificate);
      if (names.empty()) return ", it has no subjectAltName";
      std::string shown;
      for (std::size_t i = 0; i < names.size() && i < most_names_shown; ++i) shown += (i == 0 ? "" : ", ") + names[i];
      return ", its names are " + shown + (names.size() > most_names_shown ? ", ..." : "");
    }
    default: return {};
  }
}

void refuse(Handshake& record, ServerFault fault, int error, X509* certificate) {
  if (record.fault != ServerFault::none) return;
  record.fault = fault;
  record.issuer_missing = is_issuer_missing(error);
  record.fault_subject = subject_of(certificate);
  record.fault_text = fmt::format("{} ({}){}", X509_verify_cert_error_string(error), error,
                                  certificate == nullptr ? "" : details_of(error, certificate));
}

bool is_anchor(X509_STORE_CTX* walk, int depth) { return depth + 1 >= sk_X509_num(X509_STORE_CTX_get0_chain(walk)); }

// Anybody can write a CRL in an issuer's name, and the walk may meet that one first: another one of the issuer, with
// its signature, still counts.
bool revoked_elsewhere(X509_STORE_CTX* walk, int depth, X509* certificate, const OpensslTrust& trust,
                       const FetchedCrls& fetched) {
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(walk);
  X509* issuer = sk_X509_value(chain, is_anchor(walk, depth) ? depth : depth + 1);
  const CrlsPtr crls = trust.crls_of(X509_get_issuer_name(certificate));
  bool revoked = false;
  for (int i = 0; i < sk_X509_CRL_num(crls.get()) && !revoked; ++i) {
    revoked = lists(sk_X509_CRL_value(crls.get(), i), certificate, issuer);
  }
  return revoked || std::any_of(fetched.in_date.begin(), fetched.in_date.end(),
                                [&](const CrlPtr& crl) { return lists(crl.get(), certificate, issuer); });
}

int on_complaint(int fine, X509_STORE_CTX* context) {
  if (fine == 1) return 1;
  auto& walk = *static_cast<Walk*>(X509_STORE_CTX_get_ex_data(context, walk_index()));
  const int error = X509_STORE_CTX_get_error(context);
  const int depth = X509_STORE_CTX_get_error_depth(context);
  X509* certificate = X509_STORE_CTX_get_current_cert(context);
  if (lacks_evidence(error)) {
    const bool forged =
        error == X509_V_ERR_CRL_SIGNATURE_FAILURE || error == X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE;
    if (forged && revoked_elsewhere(context, depth, certificate, *walk.connection.trust, walk.crls.fetched)) {
      refuse(*walk.connection.record, ServerFault::revoked, X509_V_ERR_CERT_REVOKED, certificate);
      return 0;
    }
    if (forged) walk.forged.insert(depth);
    if (is_anchor(context, depth)) return 1;
    walk.crls.unknown.emplace(depth, why_unknown(error, certificate, X509_STORE_CTX_get0_current_crl(context)));
    return 1;
  }
  if (error == X509_V_ERR_CERT_REVOKED && walk.forged.contains(depth)) return 1;
  if (error == X509_V_ERR_HOSTNAME_MISMATCH && wildcard_covers_underscore(certificate, walk.connection.host)) return 1;
  refuse(*walk.connection.record, fault_of(error), error, certificate);
  return 0;
}

void record_chain(X509_STORE_CTX* context, Handshake& record) {
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(context);
  record.server_chain.clear();
  for (int i = 0; i < sk_X509_num(sent) && i < longest_chain_shown; ++i) {
    record.server_chain.push_back(summary_of(sk_X509_value(sent, i)));
  }
}

// Fetched CRLs, in the form that the walk takes. They stay with the walk's findings.
class CrlsOfWalk {
 public:
  CrlsOfWalk(X509_STORE_CTX* context, Walk& walk) : stack_(sk_X509_CRL_new_null()) {
    Connection& its = walk.connection;
    if (its.evidence == nullptr || !its.trust->settings().uses(RevocationSource::crl)) return;
    walk.crls.fetched = fetched_crls(*its.evidence, context, wall_now());
    for (const CrlPtr& crl : walk.crls.fetched.in_date) sk_X509_CRL_push(stack_, crl.get());
    X509_STORE_CTX_set0_crls(context, stack_);
  }
  CrlsOfWalk(const CrlsOfWalk&) = delete;
  CrlsOfWalk& operator=(const CrlsOfWalk&) = delete;
  ~CrlsOfWalk() { sk_X509_CRL_free(stack_); }

 private:
  STACK_OF(X509_CRL)* stack_;
};

// By the CRLs of the store, and what was fetched for this certificate.
CrlVerdict judge_in_store(Walk& walk, X509* certificate, X509* issuer) {
  Connection& its = walk.connection;
  FetchedCrls& fetched = walk.crls.fetched;
  if (its.evidence && its.trust->settings().uses(RevocationSource::crl)) {
    add_fetched_crls(*its.evidence, certificate, wall_now(), fetched);
  }
  const CrlsPtr deployed = its.trust->crls_of(X509_get_subject_name(issuer));
  std::vector<X509_CRL*> crls;
  crls.reserve(static_cast<std::size_t>(std::max(0, sk_X509_CRL_num(deployed.get()))) + fetched.in_date.size());
  for (int i = 0; i < sk_X509_CRL_num(deployed.get()); ++i) crls.push_back(sk_X509_CRL_value(deployed.get(), i));
  for (const CrlPtr& crl : fetched.in_date) crls.push_back(crl.get());
  return judge_by_crls(certificate, issuer, crls);
}

bool judge(Connection& its, STACK_OF(X509)* chain, const CrlFindings& crls, std::string_view staple) {
  const RevocationCase subject{*its.trust, its.evidence.get(), chain, crls, staple, its.records_chain};
  return judge_revocation(subject, *its.record, wall_now());
}

// The CA in the store that has signed a certificate; null: there is none, or the certificate has signed itself.
CertificatePtr issuer_in_store(X509_STORE_CTX* context, X509* certificate) {
  if (X509_self_signed(certificate, 1) == 1) return nullptr;
  const CertificatesPtr candidates(X509_STORE_CTX_get1_certs(context, X509_get_issuer_name(certificate)));
  for (int i = 0; i < sk_X509_num(candidates.get()); ++i) {
    X509* const candidate = sk_X509_value(candidates.get(), i);
    if (X509_check_issued(candidate, certificate) != X509_V_OK) continue;
    if (X509_verify(certificate, X509_get0_pubkey(candidate)) != 1) continue;
    X509_up_ref(candidate);
    return CertificatePtr(candidate);
  }
  ERR_clear_error();
  return nullptr;
}

// The walk ends at the first certificate that is trusted. Where that is an intermediate, and its issuer is trusted as
// well, it can be revoked like any other: the chain goes on up to the root.
bool follow_to_root(X509_STORE_CTX* context, Walk& walk, STACK_OF(X509)* chain) {
  constexpr int longest_chain = 30;
  Connection& its = walk.connection;
  while (sk_X509_num(chain) < longest_chain) {
    const int depth = sk_X509_num(chain) - 1;
    X509* const certificate = sk_X509_value(chain, depth);
    CertificatePtr issuer = issuer_in_store(context, certificate);
    if (!issuer) return true;
    const CrlVerdict verdict = judge_in_store(walk, certificate, issuer.get());
    if (verdict.status == CrlStatus::revoked) {
      refuse(*its.record, ServerFault::revoked, X509_V_ERR_CERT_REVOKED, certificate);
      if (its.evidence) its.evidence->found_revoked(der_of(certificate));
      return false;
    }
    if (verdict.status == CrlStatus::unknown) walk.crls.unknown.emplace(depth, verdict.why);
    if (sk_X509_push(chain, issuer.get()) <= 0) return false;
    static_cast<void>(issuer.release());
  }
  return true;
}

// What is left to judge after the walk has found nothing wrong.
bool accept_chain(X509_STORE_CTX* context, Walk& walk) {
  Connection& its = walk.connection;
  const TrustSettings& settings = its.trust->settings();
  if (settings.revocation == RevocationCheck::off) return true;
  CertificatesPtr chain(X509_STORE_CTX_get1_chain(context));
  if (!chain || !follow_to_root(context, walk, chain.get())) return false;
  if (!settings.uses(RevocationSource::stapling)) return judge(its, chain.get(), walk.crls, {});
  its.chain = std::move(chain);
  its.crls = std::move(walk.crls);
  return true;
}

}  // namespace

int verify_server(X509_STORE_CTX* context, void* connection) {
  auto& its = *static_cast<Connection*>(connection);
  if (its.records_chain) record_chain(context, *its.record);
  if (!its.trust->settings().check_server) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  Walk walk{its, {}, {}};
  its.record->wanted.clear();
  its.record->revocation.clear();
  const CrlsOfWalk fetched(context, walk);
  X509_STORE_CTX_set_ex_data(context, walk_index(), &walk);
  X509_STORE_CTX_set_verify_cb(context, &on_complaint);
  const bool verified = X509_verify_cert(context) == 1;
  X509_STORE_CTX_set0_crls(context, nullptr);
  if (verified && accept_chain(context, walk)) {
    X509_STORE_CTX_set_error(context, X509_V_OK);  // the library would ask for the last complaint
    return 1;
  }
  const int error = X509_STORE_CTX_get_error(context);
  if (error == X509_V_OK) X509_STORE_CTX_set_error(context, X509_V_ERR_UNABLE_TO_GET_CRL);
  refuse(*its.record, ServerFault::other, error, X509_STORE_CTX_get_current_cert(context));
  if (!verified && its.evidence && its.record->fault == ServerFault::revoked) {
    its.evidence->found_revoked(der_of(X509_STORE_CTX_get_current_cert(context)));
  }
  return 0;
}

int judge_with_staple(SSL* ssl, Connection& connection) {
  const CertificatesPtr chain = std::move(connection.chain);
  if (!chain) return 1;  // resumed, or nothing is to be checked
  const unsigned char* response = nullptr;
  const long length = SSL_get_tlsext_status_ocsp_resp(ssl, &response);
  const auto staple = length > 0
                          ? std::string_view(reinterpret_cast<const char*>(response), static_cast<std::size_t>(length))
                          : std::string_view();
  return judge(connection, chain.get(), connection.crls, staple) ? 1 : 0;
}

}  // namespace muster::ssl
