#include <fmt/core.h>

#include "agent/delivery/failure/explain.h"

namespace muster::delivery {
namespace {

std::string trust_sources(const ssl::TrustSettings& trust) {
  return fmt::format("{} (SSLCACertificateFile) or {} (SSLCACertificatePath)", trust.ca_file.string(),
                     trust.ca_path.string());
}

std::string cure_of_unknown_ca(const ssl::Handshake& seen, const ssl::TrustSettings& trust) {
  if (!seen.issuer_missing) return "put the CA certificate that issued it into " + trust_sources(trust);
  return "have the beacon send the certificates of its intermediate CAs along; if that issuer is a root CA, put its "
         "certificate into " +
         trust_sources(trust);
}

}  // namespace

Explanation describe_server(const FailureContext& failure_context, const beacon::Location& location,
                            const transfer::Outcome& outcome) {
  const ssl::Handshake& seen = outcome.handshake;
  const std::string reason = seen.fault_text.empty() ? outcome.detail : seen.fault_text;
  const std::string whose = seen.fault_subject.empty() ? "" : " " + seen.fault_subject;
  switch (seen.fault) {
    case ssl::ServerFault::unknown_ca:
      return {fmt::format("no CA that this machine trusts has issued the beacon's certificate{}: {}", whose, reason),
              cure_of_unknown_ca(seen, *failure_context.trust)};
    case ssl::ServerFault::expired:
      return {fmt::format("the beacon's certificate{} has expired: {}", whose, reason),
              "renew it on the beacon; if it is in date, set this machine's clock, which says " + iso8601(wall_now())};
    case ssl::ServerFault::not_yet_valid:
      return {fmt::format("the beacon's certificate{} is not yet valid: {}", whose, reason),
              "set this machine's clock, which says " + iso8601(wall_now())};
    case ssl::ServerFault::wrong_name:
      return {fmt::format("the beacon's certificate{} is not for the host {}: {}", whose, location.host, reason),
              "set Host to a name in its subjectAltName, or have it issued again with that name"};
    case ssl::ServerFault::revoked:
      return {fmt::format("the beacon's certificate{} is revoked: {}", whose, reason),
              "replace the certificate on the beacon; do not send anything to it before"};
    case ssl::ServerFault::revocation_unknown:
      return {
          fmt::format("cannot find out whether the beacon's certificate is revoked: {}", reason),
          fmt::format("let this machine reach the places named, or put current CRLs of its CAs into {} (SSLCRLPath); "
                      "CheckCertificateRevocation=BestEffort accepts a beacon of which nothing is known",
                      failure_context.trust->crl_path.string())};
    case ssl::ServerFault::wrong_usage:
      return {fmt::format("the beacon's certificate{} is not one for a TLS server: {}", whose, reason),
              "have it issued again with the usage serverAuth"};
    case ssl::ServerFault::none:
    case ssl::ServerFault::other: break;
  }
  return {fmt::format("the beacon's certificate{} cannot be verified: {}", whose, reason),
          "check the beacon's certificate and its chain"};
}

}  // namespace muster::delivery
