#include <fmt/core.h>
#include <fmt/ranges.h>

#include "agent/delivery/failure/explain.h"

namespace muster::delivery {
namespace {

// RFC 8446, 6.2: what the peer says of our certificate.
enum Alert { bad_certificate = 42, unsupported = 43, revoked = 44, expired = 45, unknown_ca = 48, denied = 49 };

std::string evidence(const transfer::Outcome& outcome) {
  if (outcome.handshake.alert_received) {
    return fmt::format("TLS alert {} {}", *outcome.handshake.alert_received, outcome.handshake.alert_name);
  }
  const bool absent = outcome.reply.excerpt.find("No required SSL") != std::string::npos;
  if (outcome.reply.status == 400) {
    return absent ? "HTTP 400 No required SSL certificate was sent" : "HTTP 400 The SSL certificate error";
  }
  return fmt::format("HTTP {}", outcome.reply.status);
}

std::string accepted_cas(const ssl::Handshake& handshake) {
  if (handshake.requested_cas.empty()) return "a CA that it accepts";
  std::string names;
  for (std::size_t i = 0; i < handshake.requested_cas.size() && i < 3; ++i) {
    names += (i == 0 ? "" : " or ") + handshake.requested_cas[i];
  }
  return names;
}

std::string cure_by_alert(const transfer::Outcome& outcome) {
  switch (outcome.handshake.alert_received.value_or(0)) {
    case revoked: return "have a new certificate issued: the CA has revoked this one";
    case expired: return "renew the certificate, and check the clocks of this machine and of the beacon";
    case unknown_ca: return "use a certificate issued by " + accepted_cas(outcome.handshake);
    case unsupported: return "use a certificate with the usage clientAuth";
    case denied: return "have the beacon's administrator allow this certificate";
    default: break;
  }
  return "use a certificate that is in date, not revoked, for client authentication and issued by " +
         accepted_cas(outcome.handshake) + "; the beacon's own log has the reason";
}

// The beacon speaks of a missing certificate, or of a failed handshake, although we have one.
Explanation describe_unsent(const ssl::CertificateSummary& leaf, const transfer::Outcome& outcome) {
  const ssl::Handshake& handshake = outcome.handshake;
  if (!handshake.certificate_requested) {
    return {
        fmt::format("the beacon demands a client certificate, but did not ask for ours, {}, on this connection ({})",
                    leaf.subject, evidence(outcome)),
        "have the beacon ask for client certificates on this host name and port"};
  }
  const std::vector<std::string>& accepted = handshake.accepted_keys;
  return {fmt::format(
              "our client certificate {} could not be sent: the beacon accepts no signature of its {} key{} ({})",
              leaf.subject, leaf.key_type,
              accepted.empty() ? "" : fmt::format(", only of these: {}", fmt::join(accepted, ", ")), evidence(outcome)),
          "use a certificate with a key that the beacon accepts, or have the beacon accept more signature algorithms"};
}

}  // namespace

Explanation describe_identity(const FailureContext& failure_context, const transfer::Outcome& outcome) {
  if (failure_context.identity == nullptr) {
    return {"the beacon demands a client certificate and none was shown (" + evidence(outcome) + ")",
            "set AddClientCertificateAndKey=True in [ManageSoft\\Common] and deploy certificate and key"};
  }
  const ssl::CertificateSummary& leaf = failure_context.identity->leaf();
  if (!outcome.handshake.certificate_sent) return describe_unsent(leaf, outcome);
  const std::vector<Error> warnings = failure_context.identity->warnings();
  return {fmt::format("the beacon refused our client certificate {}, serial {} ({})", leaf.subject, leaf.serial,
                      evidence(outcome)),
          warnings.empty() ? cure_by_alert(outcome) : warnings.front().line()};
}

}  // namespace muster::delivery
