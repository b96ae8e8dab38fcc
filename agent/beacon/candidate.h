// What can be said of a location without measuring: how it compares with this device. Made once, values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/beacon/location.h"
#include "platform/base/ip_address.h"

namespace muster::beacon {

// This device as the algorithms see it.
struct Device {
  std::string name;                 // MachineId, or else the host name
  std::string domain;               // ComputerDomain; may be empty
  std::vector<IpNetwork> networks;  // of its interfaces
};

struct Candidate {
  bool tls = true;
  bool never = false;  // Priority=invalid
  bool fixed = false;  // AutoPriority=False: placed by `number` alone
  unsigned number = 0;
  std::uint64_t weight = 0;  // of this device and this beacon: the highest is the one to keep to
  std::uint64_t drawn = 0;   // of this run, for MgsRandom
  unsigned common_bits = 0;
  bool same_subnet = false;
  std::size_t common_letters = 0;
  std::size_t shorter_name = 0;  // letters of the device's name or the host's, whichever has fewer
  std::size_t common_labels = 0;
};

// Highest-random-weight hashing (rendezvous): each device orders the beacons in its own way, and one that goes or comes
// moves only the devices that keep to it.
std::uint64_t rendezvous_weight(std::string_view device, std::string_view beacon);

// `addresses` of the location as resolved or last seen, of which the nearest counts; may be empty. `draw` is the chance
// of this run.
Candidate candidate_of(const Location& location, const Device& device, const std::vector<std::string>& addresses,
                       std::uint64_t draw, unsigned lowest);

// The same location under the same key in every run: direction, URL, directory, proxy; one word.
std::string key_of(const Location& location, Direction direction);

}  // namespace muster::beacon
