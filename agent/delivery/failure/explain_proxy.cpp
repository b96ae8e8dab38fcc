#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/delivery/failure/explain.h"
#include "platform/base/url.h"

namespace muster::delivery {
namespace {

constexpr int authentication_required = 407;

// Basic is the one scheme that we speak.
std::string remedy_for_authentication(const beacon::Location& location, const std::string& setting,
                                      const transfer::ProxyAnswer& answer) {
  const bool takes_basic = std::find(answer.schemes.begin(), answer.schemes.end(), "Basic") != answer.schemes.end();
  if (!answer.schemes.empty() && !takes_basic) {
    return "have the proxy accept Basic, the only scheme that Muster supports, or this machine without a password";
  }
  return url::user_part(location.proxy).empty()
             ? fmt::format("write the user name and password into {}: http://USER:PASSWORD@HOST:PORT", setting)
             : fmt::format("correct the user name and password in {}", setting);
}

std::string remedy_for(const beacon::Location& location, const std::string& setting,
                       const transfer::ProxyAnswer& answer) {
  switch (answer.status) {
    case authentication_required: return remedy_for_authentication(location, setting, answer);
    case 403:
    case 405: return fmt::format("have the proxy allow CONNECT to {} port {}", location.host, location.port);
    case 502:
    case 503:
    case 504:
      return fmt::format("check that the proxy can resolve and reach {} port {}, and Host and Port of location '{}'",
                         location.host, location.port, location.id);
    default: break;
  }
  return fmt::format("check {}, and that its port is that of a proxy for plain HTTP which allows CONNECT to {} port {}",
                     setting, location.host, location.port);
}

}  // namespace

Explanation describe_proxy(const beacon::Location& location, const transfer::Outcome& outcome) {
  const transfer::ProxyAnswer& answer = outcome.proxy;
  const Peer proxy = peer_of(location);

  std::string problem;
  if (answer.status == authentication_required) {
    const std::string offered =
        answer.schemes.empty() ? "no scheme" : fmt::format("{}", fmt::join(answer.schemes, ", "));
    problem = fmt::format("the proxy requires authentication (HTTP 407, offers {})", offered);
  } else if (answer.status != 0) {
    problem = fmt::format("the proxy refused the connection to the beacon (HTTP {})", answer.status);
  } else {
    problem = "the proxy did not open a connection to the beacon: " + outcome.detail;
  }

  return {fmt::format("{}; {} is set by {}", problem, proxy.host, proxy.setting),
          remedy_for(location, proxy.setting, answer)};
}

}  // namespace muster::delivery
