// What has been learnt of beacons, by network: in another network other beacons are near. Values; one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/beacon/record.h"

namespace muster::beacon {

// Of one network: records by key_of().
struct NetworkHistory {
  std::map<std::string, Record, std::less<>> records;
  WallTime used{};
};

class History {
 public:
  static constexpr std::size_t max_networks = 8;
  static constexpr std::size_t max_records = 1000;  // of one network

  NetworkHistory& of(const std::string& network) { return networks_[network]; }
  const std::map<std::string, NetworkHistory, std::less<>>& networks() const { return networks_; }

  // Of each location what was heard last, and the wait that lasts longest. What was not asked for a year goes,
  // and beyond what a file may hold the networks that were used longest ago, and of each the locations that were asked
  // longest ago. What claims to be from the future (a clock that went back) counts as oldest.
  void merge(const History& other, WallTime now);

 private:
  void forget_old(WallTime now);
  std::map<std::string, NetworkHistory, std::less<>> networks_;
};

// One line for each location, versioned, with a last line by which a truncated file is recognised.
std::string encode(const History& history);
std::optional<History> decode(std::string_view text);  // nullopt: damaged; empty where it is of another version

}  // namespace muster::beacon
