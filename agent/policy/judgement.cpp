#include "agent/policy/judgement.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "agent/config/locations.h"
#include "agent/config/mistake.h"
#include "agent/policy/allow_list.h"
#include "agent/policy/schedule_judgement.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

using beacon::Direction;

constexpr std::size_t max_id = 64;
constexpr std::size_t max_version = 32;

bool is_id_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '.' ||
         c == '_' || c == '-' || c == '{' || c == '}';
}

bool is_id(std::string_view id) {
  const bool only_dots = id.find_first_not_of('.') == std::string_view::npos;
  return !only_dots && id.size() <= max_id && text::trim(id) == id && std::all_of(id.begin(), id.end(), is_id_char);
}

bool only_http_by_hand(const ByHand& by_hand) {
  return !by_hand.locations.empty() && std::none_of(by_hand.locations.begin(), by_hand.locations.end(),
                                                    [](const HandLocation& location) { return location.tls; });
}

BeaconDomains domains_of(const ByHand& by_hand, const IsPublicSuffix& is_public_suffix) {
  std::vector<std::string> hosts;
  for (const HandLocation& location : by_hand.locations) {
    if (!location.host.empty()) hosts.push_back(location.host);
  }
  return {by_hand.allowed_domains, hosts, is_public_suffix};
}

Status judge_one(const PolicyLocation& location, const std::string& path, const ByHand& by_hand,
                 const BeaconDomains& domains) {
  if (!is_id(location.id)) {
    return refuse(fmt::format("{}.id must have 1 to {} letters, digits and -_.{{}}, not '{}'", path, max_id,
                              config::excerpt(location.id)));
  }
  if (const auto wrong = config::wrong_host(location.host)) return refuse(fmt::format("{}.host must {}", path, *wrong));
  if (const auto wrong = config::wrong_directory(location.directory)) {
    return refuse(fmt::format("{}.directory must {}", path, *wrong));
  }

  if (!domains.allows(location.host)) {
    return refuse(fmt::format("{}.host '{}' is not below an allowed domain (allowed: {}; see AllowedBeaconDomains)",
                              path, config::excerpt(location.host), config::excerpt(domains.listed())));
  }
  if (!location.tls && !only_http_by_hand(by_hand)) {
    return refuse(
        fmt::format("{}.protocol is http, which a policy may only set where every location set by hand is", path));
  }
  return {};
}

Status judge_list(const std::vector<PolicyLocation>& locations, Direction direction, const ByHand& by_hand,
                  const BeaconDomains& domains) {
  std::set<std::string> ids;
  for (std::size_t index = 0; index < locations.size(); ++index) {
    const std::string path = fmt::format("beacons.{}[{}]", beacon::name(direction), index);
    if (auto judged = judge_one(locations[index], path, by_hand, domains); !judged) return judged;
    if (!ids.insert(text::lower(locations[index].id)).second) {
      return refuse(fmt::format("{}.id '{}' is there twice", path, locations[index].id));
    }
  }
  return {};
}

Status judge_beacons(const Document& document, const ByHand& by_hand, const IsPublicSuffix& is_public_suffix) {
  const BeaconDomains domains = domains_of(by_hand, is_public_suffix);
  for (const Direction direction : {Direction::upload, Direction::download}) {
    const auto& list = document.beacons.of(direction);
    if (auto judged = judge_list(list, direction, by_hand, domains); !judged) return judged;

    // One under an id of a location set by hand is left out: it is that location which counts.
    const bool brings_one = std::any_of(list.begin(), list.end(),
                                        [&](const PolicyLocation& one) { return !by_hand.has(direction, one.id); });
    const bool has_own = std::any_of(by_hand.locations.begin(), by_hand.locations.end(),
                                     [&](const HandLocation& one) { return one.direction == direction && !one.never; });
    if (!brings_one && !has_own) {
      return refuse(fmt::format("it leaves the device without a usable {} location", beacon::name(direction)));
    }
  }
  return {};
}

Status judge_preferences(const std::vector<PolicyPreference>& preferences) {
  std::set<std::string> names;
  for (const PolicyPreference& preference : preferences) {
    const std::string path = "preferences." + config::excerpt(preference.name);
    if (const auto reason = why_not_permitted(preference.name, preference.value)) {
      return refuse(fmt::format("{}: {}", path, *reason));
    }
    if (!names.insert(text::lower(preference.name)).second) return refuse(path + " is there twice");
  }
  return {};
}

Status judge_version(const std::string& version) {
  const bool good = version.size() <= max_version && std::all_of(version.begin(), version.end(), [](char c) {
                      return (c >= '0' && c <= '9') || c == '.';
                    });
  if (good) return {};
  return refuse(fmt::format("agent.version must be a version such as 1.2.0, not '{}'", config::excerpt(version)));
}

}  // namespace

Status judge_location(const PolicyLocation& location, const ByHand& by_hand, const IsPublicSuffix& is_public_suffix) {
  return judge_one(location, "location", by_hand, domains_of(by_hand, is_public_suffix));
}

Status judge(const Document& document, const ByHand& by_hand, const IsPublicSuffix& is_public_suffix) {
  if (!document.device.empty() && !text::equal_ignoring_case(document.device, by_hand.machine_id)) {
    return refuse(fmt::format("it is for the device '{}', and this is '{}'", config::excerpt(document.device),
                              config::excerpt(by_hand.machine_id)));
  }
  if (auto judged = judge_beacons(document, by_hand, is_public_suffix); !judged) return judged;
  if (auto judged = judge_preferences(document.preferences); !judged) return judged;
  if (document.schedule) {
    if (auto judged = judge_schedule(*document.schedule); !judged) return judged;
  }
  return judge_version(document.agent_version);
}

}  // namespace muster::policy
