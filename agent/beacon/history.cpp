#include "agent/beacon/history.h"

#include <algorithm>

namespace muster::beacon {
namespace {

WallTime age_key(WallTime time, WallTime now) { return time > now ? WallTime{} : time; }

}  // namespace

void History::merge(const History& other, WallTime now) {
  for (const auto& [name, theirs] : other.networks_) {
    NetworkHistory& ours = networks_[name];
    if (age_key(theirs.used, now) > age_key(ours.used, now)) ours.used = theirs.used;
    for (const auto& [key, record] : theirs.records) {
      const auto [known, added] = ours.records.try_emplace(key, record);
      if (added) continue;
      Record& our = known->second;
      const Record former = our;
      if (age_key(record.heard, now) > age_key(our.heard, now)) our = record;
      keep_hold(our, former.hold, now);
      keep_hold(our, record.hold, now);
    }
  }
  forget_old(now);
}

void History::forget_old(WallTime now) {
  for (auto& [name, network] : networks_) {
    std::erase_if(network.records, [&](const auto& known) { return !known.second.counts(now); });
  }
  std::erase_if(networks_, [](const auto& network) { return network.second.records.empty(); });
  while (networks_.size() > most_networks) {
    networks_.erase(std::min_element(networks_.begin(), networks_.end(), [&](const auto& a, const auto& b) {
      return age_key(a.second.used, now) < age_key(b.second.used, now);
    }));
  }
}

}  // namespace muster::beacon
