#include <fmt/core.h>

#include "agent/delivery/failure/explain.h"
#include "platform/base/url.h"

namespace muster::delivery {
namespace {

using transfer::Cause;
using transfer::Trouble;

// Where the connection goes through a proxy, the proxy may be what failed.
std::string through_proxy(const beacon::Location& location) {
  return location.proxy.empty() ? "" : fmt::format(" through the proxy {}", peer_of(location).host);
}

Explanation describe_connect(const beacon::Location& location, Trouble trouble, const std::string& detail) {
  const auto [who, host, setting] = peer_of(location);
  switch (trouble) {
    case Trouble::refused:
      return {fmt::format("the {} refuses connections: {}", who, detail),
              fmt::format("start the service on {}, or correct {}", host, setting)};
    case Trouble::no_route:
      return {fmt::format("this machine has no route to the {}: {}", who, detail),
              fmt::format("check this machine's network, and that {} is up", host)};
    case Trouble::forbidden:
      return {fmt::format("a local firewall or route blocks the connection to the {}: {}", who, detail),
              fmt::format("allow {}", host)};
    case Trouble::unanswered:
      return {fmt::format("the {} does not answer: {}", who, detail),
              fmt::format("check that it is up, and that every firewall on the way lets {} through", host)};
    default: break;
  }
  return {fmt::format("the {} could not be connected to: {}", who, detail), fmt::format("check {}", setting)};
}

Explanation describe_tls(const beacon::Location& location, Trouble trouble, const std::string& detail) {
  const auto [who, host, setting] = peer_of(location);
  switch (trouble) {
    case Trouble::old_tls:
      return {"the beacon has no version of TLS in common with this machine: " + detail,
              "let the beacon speak TLS 1.2 or 1.3"};
    case Trouble::not_tls:
      return {"the beacon's port does not speak TLS: " + detail,
              fmt::format("set Port of location '{}' to the beacon's port for HTTPS", location.id)};
    case Trouble::unanswered:
      return {"the beacon is silent in the TLS handshake: " + detail,
              "check that its port speaks HTTPS, and that it is not overloaded"};
    default: break;
  }
  return {"the beacon did not finish the TLS handshake: " + detail,
          fmt::format("check that the port speaks HTTPS with TLS 1.2 or later, and see the {}'s error log", who)};
}

// Some servers (IIS with negotiation at the binding) reset the connection where others send an alert.
void name_certificate(Explanation& explanation, const FailureContext& failure_context) {
  const std::string may = "it had asked for our client certificate, and may refuse ";
  if (failure_context.identity == nullptr) {
    explanation.remedy += "; " + may + "that none was shown: set AddClientCertificateAndKey=True";
    return;
  }
  const ssl::CertificateSummary& leaf = failure_context.identity->leaf();
  explanation.remedy += fmt::format(
      "; {}{}, serial {}, without saying so: check that it is not revoked, that the beacon trusts its CA and allows "
      "chains of that length, and both clocks",
      may, leaf.subject, leaf.serial);
}

}  // namespace

Peer peer_of(const beacon::Location& location) {
  if (location.proxy.empty()) {
    return {"beacon", fmt::format("{} port {}", location.host, location.port),
            fmt::format("Host and Port of location '{}'", location.id)};
  }
  const std::string& proxy = location.proxy;
  const std::size_t scheme = proxy.find("://");
  const std::size_t begin = (scheme == std::string::npos ? 0 : scheme + 3) + url::user_part(proxy).size();
  const bool own = location.proxy_setting.empty();
  return {"proxy", proxy.substr(begin),
          own ? fmt::format("Proxy of location '{}'", location.id) : location.proxy_setting};
}

Explanation describe_network(const FailureContext& failure_context, const beacon::Location& location,
                             const transfer::Outcome& outcome) {
  const std::string& detail = outcome.detail;
  const auto timeout = failure_context.network_timeout.count();
  Explanation explanation;
  switch (outcome.cause) {
    case Cause::name:
      return {fmt::format("this machine cannot resolve the {}'s host name: {}", peer_of(location).who, detail),
              fmt::format("check {}, and this machine's DNS", peer_of(location).setting)};
    case Cause::connect: return describe_connect(location, outcome.trouble, detail);
    case Cause::tls:
      explanation = describe_tls(location, outcome.trouble, detail);
      if (outcome.trouble == Trouble::no_alert) name_certificate(explanation, failure_context);
      return explanation;
    case Cause::stalled:
      if (outcome.trouble == Trouble::overdue) {
        return {fmt::format("the beacon took too long in all{}: {}", through_proxy(location), detail),
                "check the line and the load of the beacon"};
      }
      return {fmt::format("the beacon is too slow or silent{}: {}", through_proxy(location), detail),
              fmt::format("check the line and the load of the beacon, or raise NetworkTimeout (now {} s)", timeout)};
    case Cause::broken:
      explanation = {fmt::format("the beacon's connection was lost{} before the answer was complete: {}",
                                 through_proxy(location), detail),
                     "try again; see the beacon's error log if it stays so"};
      if (outcome.trouble == Trouble::no_alert) name_certificate(explanation, failure_context);
      return explanation;
    case Cause::bad_answer:
      return {fmt::format("the beacon's answer is not complete, verifiable HTTP (status {}{}{})", outcome.reply.status,
                          detail.empty() ? "" : ": ", detail),
              "check that the port is the beacon's and that no proxy alters its answers"};
    case Cause::too_large:
      return {fmt::format("the beacon's answer is larger than allowed: stopped after {} bytes", outcome.received),
              "check the resource on the beacon"};
    case Cause::proxy: return describe_proxy(location, outcome);
    default: break;
  }
  if (outcome.trouble == Trouble::no_descriptor) {
    return {"this machine's limit of open files is reached: " + detail,
            "raise it for this process: LimitNOFILE= of the unit, or ulimit -n"};
  }
  return {detail.empty() ? "the transfer was cut off" : detail, "try again with -v and report what it prints"};
}

}  // namespace muster::delivery
