// What was set by hand (config.ini, the registry or -o) and decides what a policy may do. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/beacon/location.h"

namespace muster::policy {

struct HandLocation {
  beacon::Direction direction = beacon::Direction::upload;
  std::string id;
  std::string host;  // empty: the section has none
  bool tls = true;
  bool never = false;  // Priority=invalid, or no Host
};

struct ByHand {
  std::string machine_id;
  std::vector<HandLocation> locations;
  std::vector<std::string> allowed_domains;  // AllowedBeaconDomains; empty: unset

  // Whether a location was set by hand under that id: then a policy does not change it. Case does not count.
  bool has(beacon::Direction direction, std::string_view id) const;
};

}  // namespace muster::policy
