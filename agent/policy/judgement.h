// What of a policy document is permitted on this device: the only way from a document to anything that acts. Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/policy/beacon_domains.h"
#include "agent/policy/document.h"

namespace muster::policy {

struct HandLocation {
  beacon::Direction direction = beacon::Direction::upload;
  std::string id;
  std::string host;
  bool tls = true;
  bool never = false;  // Priority=invalid
};

// What was set by hand (config.ini, the registry or -o) and decides what a policy may do.
struct ByHand {
  std::string machine_id;
  std::vector<HandLocation> locations;
  std::vector<std::string> allowed_domains;  // AllowedBeaconDomains; empty: unset
};

// A document is taken as a whole or not at all; the error (kind failure) holds the reason alone.
Status judge(const Document& document, const ByHand& by_hand, const IsPublicSuffix& is_public_suffix);

}  // namespace muster::policy
