// The algorithms of SelectorAlgorithm: applied from left to right, each sorts again what the one before left, so that
// the last one decides most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.h"

namespace muster::beacon {

struct Algorithm {
  enum class Kind {
    fastest,    // ours: a band around the best, and in it the one that the device's hash gives
    ping,       // MgsPing: the shortest time to the first byte, on the real port
    bandwidth,  // MgsBandwidth: the best goodput of real transfers
    random,     // MgsRandom: drawn once in each run
    ip,         // MgsIPMatch: the longest common prefix of addresses, IPv4 or IPv6
    subnet,     // MgsSubnetMatch: those in a subnet of this device first
    name,       // MgsNameMatch: the most first letters in common with the name of this device, or at least so many
    domain,     // MgsDomainMatch: the most last labels in common with the domain of this device
    elsewhere,  // known on Windows alone: changes nothing
  };
  Kind kind = Kind::fastest;
  std::string_view word;               // as documented
  std::optional<std::size_t> limit;    // so many get a place, the others come after all that have one
  bool discard_foreign = false;        // what does not match is never used
  bool more_than_acts = false;         // parameters that are known and change nothing here
  std::optional<std::size_t> letters;  // MgsNameMatch: with so many in common all match alike
};

// "MgsPing(3);MgsNameMatch(20,,true)"; parameters may be left empty. The error is a message alone: the caller
// knows where the value was set.
tl::expected<std::vector<Algorithm>, std::string> parse_algorithms(std::string_view value);

// What SelectorAlgorithm, HighestPriority and LowestPriority say.
struct SelectionRules {
  std::vector<Algorithm> chain{Algorithm{}};
  unsigned highest = 1;  // the numbers that the algorithms give, among fixed ones
  unsigned lowest = 99;

  bool measures() const;       // an algorithm asks how fast beacons are
  bool speed_decides() const;  // the last one that acts does
  bool looks_at_addresses() const;
};

}  // namespace muster::beacon
