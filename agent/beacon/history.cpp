#include "agent/beacon/history.h"

#include <algorithm>
#include <vector>

namespace muster::beacon {
namespace {

WallTime age_key(WallTime time, WallTime now) { return time > now ? WallTime{} : time; }

// What was heard of longest ago, beyond what a file may hold.
void forget_most(NetworkHistory& network, WallTime now) {
  if (network.records.size() <= History::max_records) return;
  std::vector<std::pair<WallTime, std::string>> by_age;
  for (const auto& [key, record] : network.records) by_age.emplace_back(heard_by(record, now), key);
  std::sort(by_age.begin(), by_age.end());
  by_age.resize(by_age.size() - History::max_records);
  for (const auto& [heard, key] : by_age) network.records.erase(key);
}

}  // namespace

void History::merge(const History& other, WallTime now) {
  for (const auto& [name, theirs] : other.networks_) {
    NetworkHistory& ours = networks_[name];
    if (age_key(theirs.used, now) > age_key(ours.used, now)) ours.used = theirs.used;
    for (const auto& [key, record] : theirs.records) {
      const auto [known, added] = ours.records.try_emplace(key, record);
      if (!added) take_newer(known->second, record, now);
    }
  }
  forget_old(now);
}

void History::forget_old(WallTime now) {
  for (auto& [name, network] : networks_) {
    std::erase_if(network.records, [&](const auto& known) { return !known.second.kept(now); });
    forget_most(network, now);
  }
  std::erase_if(networks_, [](const auto& network) { return network.second.records.empty(); });
  while (networks_.size() > max_networks) {
    networks_.erase(std::min_element(networks_.begin(), networks_.end(), [&](const auto& a, const auto& b) {
      return age_key(a.second.used, now) < age_key(b.second.used, now);
    }));
  }
}

}  // namespace muster::beacon
