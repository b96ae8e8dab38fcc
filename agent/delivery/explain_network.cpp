#include <fmt/core.h>

#include "agent/delivery/explain.h"

namespace muster::delivery {

using transfer::Cause;

Words words_for_network(const Circumstances& circumstances, const beacon::Location& location,
                        const transfer::Outcome& outcome) {
  const std::string& detail = outcome.detail;
  const auto timeout = circumstances.network_timeout.count();
  switch (outcome.cause) {
    case Cause::name:
      return {"the host name could not be resolved: " + detail,
              fmt::format("check Host{} of location '{}', and DNS", location.proxy.empty() ? "" : " and Proxy",
                          location.id)};
    case Cause::connect:
      return {"no connection: " + detail,
              fmt::format("check that the beacon runs, and that a firewall lets {} port {} through", location.host,
                          location.port)};
    case Cause::tls:
      return {"the TLS handshake did not succeed: " + detail,
              "check that the port speaks HTTPS with TLS 1.2 or later, and that the beacon is not overloaded"};
    case Cause::stalled:
      return {fmt::format("too slow or silent: {}", detail),
              fmt::format("check the line and the load of the beacon, or raise NetworkTimeout (now {} s)", timeout)};
    case Cause::broken:
      return {"the connection was lost before the answer was complete: " + detail,
              "try again; look into the beacon's error log if it stays so"};
    case Cause::bad_answer:
      return {fmt::format("the answer is not complete, verifiable HTTP (status {}{}{})", outcome.reply.status,
                          detail.empty() ? "" : ": ", detail),
              "check that the port is the beacon's and that no proxy alters its answers"};
    case Cause::too_large:
      return {fmt::format("the answer is larger than allowed: stopped after {} bytes", outcome.received),
              "check the resource on the beacon"};
    case Cause::proxy:
      return {"the proxy refused: " + detail, fmt::format("check Proxy of location '{}'", location.id)};
    default: break;
  }
  return {detail.empty() ? "the transfer was cut off" : detail, "try again with -v and report what it prints"};
}

}  // namespace muster::delivery
