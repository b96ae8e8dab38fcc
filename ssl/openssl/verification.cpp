#include "ssl/openssl/verification.h"

#include <fmt/core.h>

#include <map>
#include <set>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/host_name.h"

namespace muster::ssl {
namespace {

constexpr std::size_t most_names_shown = 10;
constexpr int longest_chain_shown = 20;

// The state of one walk along a chain.
struct Walk {
  Connection& connection;
  std::map<int, std::string> unknown;  // depth -> why nothing is known about that certificate
  std::set<int> forged;                // depths with a badly signed CRL
};

int walk_index() {
  static const int index = X509_STORE_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

bool lacks_evidence(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
    case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_DIFFERENT_CRL_SCOPE:
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR: return true;
    default: return false;
  }
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
  record.fault_subject = subject_of(certificate);
  record.fault_text = fmt::format("{} ({}){}", X509_verify_cert_error_string(error), error,
                                  certificate == nullptr ? "" : details_of(error, certificate));
}

std::string why_unknown(int error, X509* certificate, X509_CRL* crl) {
  const std::string issuer = name_text(X509_get_issuer_name(certificate));
  if (error == X509_V_ERR_UNABLE_TO_GET_CRL) return fmt::format("there is no CRL of its issuer {} ({})", issuer, error);
  std::string date;
  if (error == X509_V_ERR_CRL_HAS_EXPIRED && crl != nullptr && X509_CRL_get0_nextUpdate(crl) != nullptr) {
    date = " on " + iso8601(wall_time(X509_CRL_get0_nextUpdate(crl)));
  }
  return fmt::format("the CRL of its issuer {} is of no use: {} ({}){}", issuer, X509_verify_cert_error_string(error),
                     error, date);
}

bool is_anchor(X509_STORE_CTX* walk, int depth) { return depth + 1 >= sk_X509_num(X509_STORE_CTX_get0_chain(walk)); }

// Anybody can write a CRL in an issuer's name, and the walk may meet that one first: another one of the issuer, with
// its signature, still counts.
bool revoked_elsewhere(X509_STORE_CTX* walk, int depth, X509* certificate) {
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(walk);
  X509* issuer = sk_X509_value(chain, is_anchor(walk, depth) ? depth : depth + 1);
  STACK_OF(X509_CRL)* crls = X509_STORE_CTX_get1_crls(walk, X509_get_issuer_name(certificate));
  bool revoked = false;
  for (int i = 0; i < sk_X509_CRL_num(crls) && !revoked; ++i) {
    X509_CRL* crl = sk_X509_CRL_value(crls, i);
    X509_REVOKED* entry = nullptr;
    revoked =
        X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1 && X509_CRL_get0_by_cert(crl, &entry, certificate) == 1;
  }
  sk_X509_CRL_pop_free(crls, X509_CRL_free);
  return revoked;
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
    if (forged && revoked_elsewhere(context, depth, certificate)) {
      refuse(*walk.connection.record, ServerFault::revoked, X509_V_ERR_CERT_REVOKED, certificate);
      return 0;
    }
    if (forged) walk.forged.insert(depth);
    if (is_anchor(context, depth)) return 1;
    walk.unknown.emplace(depth, why_unknown(error, certificate, X509_STORE_CTX_get0_current_crl(context)));
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

// After the walk: is what could not be found out acceptable?
bool accept_unknown(X509_STORE_CTX* context, const Walk& walk) {
  if (walk.unknown.empty()) return true;
  const auto& [depth, found] = *walk.unknown.begin();
  const std::string subject = subject_of(sk_X509_value(X509_STORE_CTX_get0_chain(context), depth));
  const bool any_source = walk.connection.trust->settings().use_crls;
  const std::string why = any_source ? found : "PrioritizeRevocationChecks names no source that can be used";
  if (walk.connection.trust->settings().revocation == RevocationCheck::best_effort) {
    walk.connection.trust->warn_once(
        fmt::format("not known whether {} is revoked: {}; accepted because of CheckCertificateRevocation=BestEffort",
                    subject, why));
    return true;
  }
  Handshake& record = *walk.connection.record;
  if (record.fault == ServerFault::none) {
    record.fault = ServerFault::revocation_unknown;
    record.fault_subject = subject;
    record.fault_text = fmt::format("of {}, {}", subject, why);
  }
  return false;
}

}  // namespace

int verify_server(X509_STORE_CTX* context, void* connection) {
  auto& its = *static_cast<Connection*>(connection);
  if (its.records_chain) record_chain(context, *its.record);
  if (!its.trust->settings().check_server) {
    its.trust->warn_once("beacons are not verified because of CheckServerCertificate=False: anybody may pose as one");
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  Walk walk{its, {}, {}};
  X509_STORE_CTX_set_ex_data(context, walk_index(), &walk);
  X509_STORE_CTX_set_verify_cb(context, &on_complaint);
  const bool verified = X509_verify_cert(context) == 1;
  if (verified && accept_unknown(context, walk)) {
    X509_STORE_CTX_set_error(context, X509_V_OK);  // the library would ask for the last complaint
    return 1;
  }
  const int error = X509_STORE_CTX_get_error(context);
  if (error == X509_V_OK) X509_STORE_CTX_set_error(context, X509_V_ERR_UNABLE_TO_GET_CRL);
  refuse(*its.record, ServerFault::other, error, X509_STORE_CTX_get_current_cert(context));
  return 0;
}

}  // namespace muster::ssl
