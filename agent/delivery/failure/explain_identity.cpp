#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "agent/delivery/failure/explain.h"
#include "ssl/backend.h"

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

constexpr std::size_t max_names = 3;

std::string accepted_cas(const ssl::Handshake& handshake) {
  const std::vector<std::string>& cas = handshake.requested_cas;
  if (cas.empty()) return "a CA that it accepts";
  std::string names;
  for (std::size_t i = 0; i < cas.size() && i < max_names; ++i) {
    names += (i == 0 ? "" : " or ") + ssl::shorten_name(cas[i]);
  }
  const std::size_t all = std::max(cas.size(), handshake.requested_ca_count);
  return names + (all > max_names ? fmt::format(" or one of {} more", all - max_names) : "");
}

// The beacon said which CAs it accepts, and ours is none of them: it can only build a chain to one of those from
// certificates that we send along, and we have none.
std::optional<Explanation> describe_missing_issuer(const ssl::Identity& identity, const transfer::Outcome& outcome) {
  const ssl::CertificateSummary& leaf = identity.leaf();
  const std::vector<std::string>& cas = outcome.handshake.requested_cas;
  const bool accepted = std::find(cas.begin(), cas.end(), leaf.issuer) != cas.end();
  if (cas.empty() || accepted || !identity.chain().empty()) return std::nullopt;

  const std::string issuer = ssl::shorten_name(leaf.issuer);
  return Explanation{
      fmt::format("the beacon refused our client certificate {}, serial {} ({}): it accepts certificates of {}; ours "
                  "was issued by {}, whose certificate is not in our file",
                  ssl::shorten_name(leaf.subject), leaf.serial, evidence(outcome), accepted_cas(outcome.handshake),
                  issuer),
      fmt::format("add the certificate of the intermediate CA {} to the file of the client certificate, or use a "
                  "certificate that one of those CAs has issued",
                  issuer)};
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
        fmt::format("the beacon requires a client certificate, but did not ask for ours, {}, on this connection ({})",
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

// Nothing was sent: this machine's TLS library could not take our certificate with its key.
Explanation describe_unusable(const ssl::CertificateSummary& leaf, const transfer::Outcome& outcome) {
  return {fmt::format("the private key of our client certificate {} cannot be used: {}",
                      ssl::shorten_name(leaf.subject), outcome.detail),
          "let the account that runs this use the key (muster service install does so for the service), or import the "
          "certificate again"};
}

}  // namespace

Explanation describe_identity(const FailureContext& failure_context, const transfer::Outcome& outcome) {
  if (failure_context.identity == nullptr) {
    return {"the beacon requires a client certificate and none was sent (" + evidence(outcome) + ")",
            "set AddClientCertificateAndKey=True in [ManageSoft\\Common] and install certificate and key"};
  }
  const ssl::CertificateSummary& leaf = failure_context.identity->leaf();
  const ssl::Handshake& handshake = outcome.handshake;
  if (!handshake.alert_received && outcome.reply.status == 0) return describe_unusable(leaf, outcome);
  if (ssl::shows_certificate_requests() && !handshake.certificate_sent) return describe_unsent(leaf, outcome);
  if (auto missing = describe_missing_issuer(*failure_context.identity, outcome)) return *missing;
  const std::vector<Error> warnings = failure_context.identity->warnings();
  return {fmt::format("the beacon refused our client certificate {}, serial {} ({})", ssl::shorten_name(leaf.subject),
                      leaf.serial, evidence(outcome)),
          warnings.empty() ? cure_by_alert(outcome) : warnings.front().line()};
}

}  // namespace muster::delivery
