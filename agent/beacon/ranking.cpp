#include "agent/beacon/ranking.h"

#include <algorithm>
#include <limits>

namespace muster::beacon {
namespace {

using Kind = Algorithm::Kind;

constexpr double unknown = std::numeric_limits<double>::infinity();
constexpr std::uint64_t usual_download = 1 << 20;  // bytes, where the size is unknown
constexpr double before_all_known = 1e12;          // ranks what MgsBandwidth has not measured, in the order of latency
constexpr std::chrono::hours fresh{1};

struct Item : Ranked {
  double key = 0;
  std::size_t position = 0;
  bool measured = false;  // the latency, in all its parts
  bool placed = true;
};

bool matches_name(const Algorithm& algorithm, const Candidate& candidate) {
  const std::size_t wanted = std::min(algorithm.letters.value_or(1), candidate.shorter_name);
  return candidate.common_letters > 0 && candidate.common_letters >= wanted;
}

bool is_foreign(const Algorithm& algorithm, const Candidate& candidate) {
  switch (algorithm.kind) {
    case Kind::subnet: return !candidate.same_subnet;
    case Kind::name: return !matches_name(algorithm, candidate);
    default: return false;
  }
}

// An algorithm says that it is never used, however it and the others are at the moment.
bool is_discarded(const SelectionRules& rules, const Candidate& candidate) {
  return !candidate.fixed && std::any_of(rules.chain.begin(), rules.chain.end(), [&](const Algorithm& algorithm) {
    return algorithm.discard_foreign && is_foreign(algorithm, candidate);
  });
}

// What the transfer would cost, in microseconds. A goodput that is not known counts as the best one of the others, and
// where only one has been measured as unlimited, so that there is one to compare it with.
class Costs {
 public:
  Costs(const Situation& situation, const std::vector<Item>& items) : situation_(situation) {
    const bool sized = situation.bytes > 0 || situation.direction == Direction::upload;
    bytes_ = sized ? situation.bytes : usual_download;

    std::size_t known = 0;
    for (const Item& item : items) {
      const auto per_byte = goodput_cost(item);
      if (!item.latency || !per_byte) continue;
      best_per_byte_ = known == 0 ? *per_byte : std::min(best_per_byte_, *per_byte);
      ++known;
    }
    if (known < 2) best_per_byte_ = 0;
  }

  double of(const Item& item) const {
    const double per_byte = goodput_cost(item).value_or(best_per_byte_);
    return *item.latency + static_cast<double>(bytes_) * per_byte / 1000;
  }

  bool is_measured(const Item& item) const {
    return item.measured && (bytes_ < enough_for_goodput || goodput_cost(item).has_value());
  }

 private:
  std::optional<double> goodput_cost(const Item& item) const {
    return situation_.records[item.location].goodput_cost(situation_.now);
  }

  const Situation& situation_;
  std::uint64_t bytes_ = 0;
  double best_per_byte_ = 0;
};

class Ranking {
 public:
  explicit Ranking(const Situation& situation) : situation_(situation) {}

  std::vector<Item> items_of(const std::vector<std::size_t>& eligible) const {
    std::vector<Item> items(eligible.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      Item& item = items[i];
      item.location = eligible[i];
      const auto known = latency(record(item), candidate(item).tls, situation_.now);
      if (!known) continue;
      item.latency = known->us;
      item.measured = known->measured;
    }
    return items;
  }

  // What is not measured comes in an order of this device too, so that a fleet does not fall upon the same one.
  void sort_by_weight(std::vector<Item>& items) const {
    const auto& chain = situation_.rules.chain;
    if (chain.empty() || chain.front().kind != Kind::fastest) return;
    std::stable_sort(items.begin(), items.end(),
                     [&](const Item& a, const Item& b) { return candidate(a).weight > candidate(b).weight; });
  }

  void apply(const Algorithm& algorithm, std::vector<Item>& items) const {
    if (algorithm.kind == Kind::fastest) {
      set_band_keys(items);
    } else {
      for (Item& item : items) item.key = key(algorithm, item);
    }

    sort(items);
    if (!algorithm.limit) return;
    for (std::size_t i = *algorithm.limit; i < items.size(); ++i) items[i].placed = false;
  }

 private:
  const Record& record(const Item& item) const { return situation_.records[item.location]; }
  const Candidate& candidate(const Item& item) const { return situation_.candidates[item.location]; }

  double key(const Algorithm& algorithm, Item& item) const {
    if (algorithm.kind != Kind::elsewhere) item.reason = Reason::matched;
    switch (algorithm.kind) {
      case Kind::ping: item.reason = reason_by_speed(item, item.measured); return item.latency.value_or(unknown);
      case Kind::bandwidth: return bandwidth_key(item);
      case Kind::random: return static_cast<double>(candidate(item).drawn);
      case Kind::ip: return -static_cast<double>(candidate(item).common_bits);
      case Kind::subnet: return candidate(item).same_subnet ? 0 : 1;
      case Kind::name:
        if (algorithm.letters) return matches_name(algorithm, candidate(item)) ? 0 : 1;
        return -static_cast<double>(candidate(item).common_letters);
      case Kind::domain: return -static_cast<double>(candidate(item).common_labels);
      case Kind::fastest:
      case Kind::elsewhere: break;
    }
    return 0;
  }

  static Reason reason_by_speed(const Item& item, bool measured) {
    if (!item.latency) return Reason::unmeasured;
    return measured ? Reason::measured : Reason::estimated;
  }

  // A transfer that is large enough measures what is not known, the nearest first; a small one would learn nothing.
  double bandwidth_key(Item& item) const {
    const auto per_byte = record(item).goodput_cost(situation_.now);
    item.reason = reason_by_speed(item, per_byte.has_value());
    if (per_byte) return *per_byte;

    const bool unsized_download = situation_.bytes == 0 && situation_.direction == Direction::download;
    const bool measures = situation_.bytes >= enough_for_goodput || unsized_download;
    return item.latency && measures ? *item.latency - before_all_known : unknown;
  }

  // Numbers of the last hour, for the band of the one in use.
  bool is_fresh(const Item& item) const { return situation_.now - record(item).heard < fresh; }

  // Below zero in the band, the highest weight first; outside it the cost.
  void set_band_keys(std::vector<Item>& items) const {
    const Costs costs(situation_, items);
    const Item* best_measured = nullptr;
    const Item* best_estimate = nullptr;
    WallTime last_used{};

    for (Item& item : items) {
      item.key = item.latency ? costs.of(item) : unknown;
      item.measured = item.latency && costs.is_measured(item);
      item.reason = reason_by_speed(item, item.measured);
      if (!item.latency) continue;

      const Item*& best = item.measured ? best_measured : best_estimate;
      if (best == nullptr || item.key < best->key) best = &item;
      last_used = std::max(last_used, record(item).used);
    }

    // An estimate is lower than what comes of it: it takes a wide lead to leave a measured one for it.
    double estimated = unknown;
    double measured = unknown;
    if (best_estimate != nullptr) estimated = best_estimate->key;
    if (best_measured != nullptr) measured = best_measured->key;
    const bool best_is_fresh = best_measured != nullptr && is_fresh(*best_measured);
    const auto in_band = [&](const Item& item) {
      const bool in_use = last_used > WallTime{} && record(item).used == last_used;
      const bool steady = in_use && best_is_fresh && is_fresh(item);
      return wide_band.contains(item.key, estimated) && (steady ? wide_band : narrow_band).contains(item.key, measured);
    };

    std::vector<Item*> band;
    for (Item& item : items) {
      if (item.latency && in_band(item)) band.push_back(&item);
    }
    Item* kept = nullptr;
    for (Item* item : band) {
      if (item->measured) item->reason = Reason::in_band;
      item->key = -1 - static_cast<double>(candidate(*item).weight);
      if (kept == nullptr || item->key < kept->key) kept = item;
    }
    if (kept != nullptr && kept->measured) kept->reason = Reason::kept_to;
  }

  static void sort(std::vector<Item>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) items[i].position = i;
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
      if (a.placed != b.placed) return a.placed;
      return a.key != b.key ? a.key < b.key : a.position < b.position;
    });

    std::size_t group = 0;
    std::size_t former = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool differs = i > 0 && (items[i].key != items[i - 1].key || items[i].group != former ||
                                     items[i].placed != items[i - 1].placed);
      former = items[i].group;
      if (differs) ++group;
      items[i].group = group;
    }
  }

  const Situation& situation_;
};

}  // namespace

bool is_never_used(const Situation& situation, std::size_t location) {
  const Candidate& candidate = situation.candidates[location];
  return candidate.never || is_discarded(situation.rules, candidate);
}

bool may_be_used(const Situation& situation, std::size_t location) {
  return !is_never_used(situation, location) && (location >= situation.tried.size() || !situation.tried[location]);
}

std::vector<Ranked> rank(const Situation& situation, const std::vector<std::size_t>& eligible) {
  std::vector<std::size_t> fixed;
  std::vector<std::size_t> free;
  for (const std::size_t one : eligible) (situation.candidates[one].fixed ? fixed : free).push_back(one);

  const Ranking ranking(situation);
  std::vector<Item> items = ranking.items_of(free);
  ranking.sort_by_weight(items);
  for (const Algorithm& algorithm : situation.rules.chain) ranking.apply(algorithm, items);

  std::vector<Ranked> ranked(items.begin(), items.end());
  for (Item& item : ranking.items_of(fixed)) {
    item.reason = Reason::fixed;
    ranked.push_back(item);
  }
  return ranked;
}

}  // namespace muster::beacon
