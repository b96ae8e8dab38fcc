#include "ssl/openssl/revocation/verification.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/host_name.h"
#include "ssl/openssl/revocation/revocation_check.h"
#include "ssl/openssl/unused_ca.h"

namespace muster::ssl {
namespace {

constexpr std::size_t most_names_shown = 10;
constexpr int longest_chain_shown = 20;

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
      return ", its issuer is " + shorten_name(name_text(X509_get_issuer_name(certificate)));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
      const auto names = alternative_names(certificate);
      return names.empty() ? ", it has no subjectAltName" : ", its names are " + list_names(names, most_names_shown);
    }
    default: return {};
  }
}

bool is_same(X509* one, X509* other) { return X509_cmp(one, other) == 0; }

// The server may have sent a trusted CA along: it is ours all the same.
BlamedCertificate blamed_certificate(X509_STORE_CTX* walk, X509* certificate) {
  if (certificate == nullptr || X509_STORE_CTX_get_error_depth(walk) == 0) return BlamedCertificate::servers_own;
  const CertificatesPtr trusted(X509_STORE_CTX_get1_certs(walk, X509_get_subject_name(certificate)));
  for (int i = 0; i < sk_X509_num(trusted.get()); ++i) {
    if (is_same(sk_X509_value(trusted.get(), i), certificate)) return BlamedCertificate::trusted_ca;
  }
  return BlamedCertificate::sent_issuer;
}

bool has_unreadable_extension(X509* certificate) {
  return certificate != nullptr && (X509_get_extension_flags(certificate) & EXFLAG_INVALID) != 0;
}

void refuse(Handshake& record, ServerFault fault, int error, X509* certificate) {
  if (record.fault != ServerFault::none) return;
  record.fault_subject = subject_of(certificate);

  // The library searches no issuer for a certificate whose extensions it cannot read.
  if (fault == ServerFault::unknown_ca && has_unreadable_extension(certificate)) {
    record.fault = ServerFault::other;
    record.fault_text = fmt::format("an extension of it cannot be read ({})", error);
    return;
  }

  record.fault = fault;
  record.issuer_missing = is_issuer_missing(error);
  record.fault_text = fmt::format("{} ({}){}", X509_verify_cert_error_string(error), error,
                                  certificate == nullptr ? "" : details_of(error, certificate));
}

int on_complaint(int fine, X509_STORE_CTX* walk) {
  if (fine == 1) return 1;
  const auto& connection = *static_cast<const Connection*>(X509_STORE_CTX_get_ex_data(walk, walk_index()));
  const int error = X509_STORE_CTX_get_error(walk);
  X509* const certificate = X509_STORE_CTX_get_current_cert(walk);

  const bool is_excused =
      error == X509_V_ERR_HOSTNAME_MISMATCH && wildcard_covers_underscore(certificate, connection.host);
  if (is_excused) return 1;

  Handshake& record = *connection.record;
  const bool is_first = record.fault == ServerFault::none;
  refuse(record, fault_of(error), error, certificate);
  if (is_first) record.blamed = blamed_certificate(walk, certificate);
  if (is_first && record.issuer_missing) {
    record.unused_ca_file = unused_ca_file(connection.trust->settings().ca_path, certificate);
  }
  return 0;
}

// What the alert to the server is chosen by.
int tls_error_of(ServerFault fault) {
  return fault == ServerFault::revoked ? X509_V_ERR_CERT_REVOKED : X509_V_ERR_UNABLE_TO_GET_CRL;
}

void record_chain(X509_STORE_CTX* context, Handshake& record) {
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(context);
  record.server_chain.clear();
  for (int i = 0; i < sk_X509_num(sent) && i < longest_chain_shown; ++i) {
    record.server_chain.push_back(summary_of(sk_X509_value(sent, i)));
  }
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

// OpenSSL's chain ends at the first certificate that is trusted. Where that is an intermediate, and its issuer is
// trusted as well, it can be revoked like any other: the chain goes on up to the root.
bool follow_to_root(X509_STORE_CTX* walk, STACK_OF(X509)* chain) {
  constexpr int max_chain = 30;
  while (sk_X509_num(chain) < max_chain) {
    CertificatePtr issuer = issuer_in_store(walk, sk_X509_value(chain, sk_X509_num(chain) - 1));
    if (!issuer) return true;
    if (sk_X509_push(chain, issuer.get()) <= 0) return false;
    static_cast<void>(issuer.release());
  }
  return true;
}

bool judge(const Connection& connection, STACK_OF(X509)* chain, std::string_view staple) {
  const RevocationCase subject{*connection.trust, connection.evidence.get(), chain, staple, connection.records_chain};
  return check_revocation(subject, *connection.record, wall_now());
}

// What is left to judge when OpenSSL has found nothing wrong with the chain.
bool accept_chain(X509_STORE_CTX* walk, Connection& connection) {
  const TrustSettings& settings = connection.trust->settings();
  if (settings.revocation == RevocationCheck::off) return true;

  CertificatesPtr chain(X509_STORE_CTX_get1_chain(walk));
  if (!chain || !follow_to_root(walk, chain.get())) return false;
  if (!settings.uses(RevocationSource::stapling)) return judge(connection, chain.get(), {});
  connection.chain = std::move(chain);
  return true;
}

}  // namespace

int verify_server(X509_STORE_CTX* walk, void* argument) {
  auto& connection = *static_cast<Connection*>(argument);
  Handshake& record = *connection.record;
  if (connection.records_chain) record_chain(walk, record);
  if (!connection.trust->settings().check_server) {
    X509_STORE_CTX_set_error(walk, X509_V_OK);
    return 1;
  }

  record.wanted.clear();
  record.revocation.clear();
  X509_STORE_CTX_set_ex_data(walk, walk_index(), &connection);
  X509_STORE_CTX_set_verify_cb(walk, &on_complaint);
  if (X509_verify_cert(walk) == 1 && accept_chain(walk, connection)) {
    X509_STORE_CTX_set_error(walk, X509_V_OK);  // the library would ask for the last complaint
    return 1;
  }

  const int error = X509_STORE_CTX_get_error(walk);
  if (error == X509_V_OK) X509_STORE_CTX_set_error(walk, tls_error_of(record.fault));
  refuse(record, ServerFault::other, error, X509_STORE_CTX_get_current_cert(walk));
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
  return judge(connection, chain.get(), staple) ? 1 : 0;
}

}  // namespace muster::ssl
