#include <fmt/core.h>

#include "agent/delivery/failure/explain.h"
#include "platform/base/ip_address.h"
#include "ssl/backend.h"

namespace muster::delivery {
namespace {

std::string remedy_for_unknown_ca(const ssl::Handshake& seen, const ssl::TrustSettings& trust) {
  if (!seen.unused_ca_file.empty()) {
    return fmt::format(
        "run: openssl rehash {}; {} has the issuer, but is not used, as files in that folder must be "
        "named by their hash",
        trust.ca_path.string(), seen.unused_ca_file);
  }
  if (!seen.issuer_missing) return "put the CA certificate that issued it into " + ssl::place_of_roots(trust);
  return "have the beacon send the certificates of its intermediate CAs along; if that issuer is a root CA, put its "
         "certificate into " +
         ssl::place_of_roots(trust);
}

std::string blamed_certificate(const ssl::Handshake& seen) {
  const std::string subject = seen.fault_subject.empty() ? "" : " " + ssl::shorten_name(seen.fault_subject);
  switch (seen.blamed) {
    case ssl::BlamedCertificate::servers_own: break;
    case ssl::BlamedCertificate::sent_issuer: return "the CA certificate" + subject + " that the beacon sends";
    case ssl::BlamedCertificate::trusted_ca: return "the CA certificate" + subject + " that this machine trusts";
  }
  return "the beacon's certificate" + subject;
}

// What to do about a certificate that is no good in itself: it has to be replaced where it is.
std::string remedy_for_replacement(const ssl::Handshake& seen, const ssl::TrustSettings& trust) {
  switch (seen.blamed) {
    case ssl::BlamedCertificate::servers_own: break;
    case ssl::BlamedCertificate::sent_issuer: return "have the beacon send the CA's current certificate";
    case ssl::BlamedCertificate::trusted_ca:
      return "replace it with the CA's current certificate in " + ssl::place_of_roots(trust);
  }
  return "renew it on the beacon";
}

Explanation describe_wrong_name(const beacon::Location& location, const std::string& certificate,
                                const std::string& reason) {
  const bool is_address = parse_ip(location.host).has_value();
  return {fmt::format("{} is not for the host {}: {}", certificate, location.host, reason),
          is_address ? fmt::format("have it issued again with IP:{} in its subjectAltName, or set Host to one of its "
                                   "DNS names",
                                   location.host)
                     : "set Host to a name in its subjectAltName, or have it issued again with that name"};
}

}  // namespace

Explanation describe_server(const FailureContext& failure_context, const beacon::Location& location,
                            const transfer::Outcome& outcome) {
  const ssl::Handshake& seen = outcome.handshake;
  const ssl::TrustSettings& trust = *failure_context.trust;
  const std::string reason = seen.fault_text.empty() ? outcome.detail : seen.fault_text;
  const std::string certificate = blamed_certificate(seen);

  switch (seen.fault) {
    case ssl::ServerFault::unknown_ca:
      return {fmt::format("no CA that this machine trusts has issued {}: {}", certificate, reason),
              remedy_for_unknown_ca(seen, trust)};
    case ssl::ServerFault::expired:
      return {fmt::format("{} has expired: {}", certificate, reason),
              remedy_for_replacement(seen, trust) + "; if it is in date, set this machine's clock, which says " +
                  iso8601(wall_now())};
    case ssl::ServerFault::not_yet_valid:
      return {fmt::format("{} is not yet valid: {}", certificate, reason),
              "set this machine's clock, which says " + iso8601(wall_now())};
    case ssl::ServerFault::wrong_name: return describe_wrong_name(location, certificate, reason);
    case ssl::ServerFault::revoked:
      return {fmt::format("{} is revoked: {}", certificate, reason),
              "replace the certificate on the beacon; do not send anything to it before"};
    case ssl::ServerFault::revocation_unknown:
      return {fmt::format("cannot find out whether the beacon's certificate is revoked: {}", reason),
              fmt::format("give this machine access to the URLs named, or put current CRLs of its CAs into {}; "
                          "CheckCertificateRevocation=BestEffort accepts a beacon of which nothing is known",
                          ssl::place_of_crls(trust))};
    case ssl::ServerFault::wrong_usage:
      return {fmt::format("{} is not one for a TLS server: {}", certificate, reason),
              seen.blamed == ssl::BlamedCertificate::servers_own ? "have it issued again with the usage serverAuth"
                                                                 : remedy_for_replacement(seen, trust)};
    case ssl::ServerFault::none:
    case ssl::ServerFault::other: break;
  }
  return {fmt::format("{} cannot be verified: {}", certificate, reason),
          seen.blamed == ssl::BlamedCertificate::servers_own ? "check the beacon's certificate and its chain"
                                                             : remedy_for_replacement(seen, trust)};
}

}  // namespace muster::delivery
