#include "agent/beacon/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace muster::beacon {
namespace {

using Kind = Algorithm::Kind;

constexpr double unknown = std::numeric_limits<double>::infinity();
constexpr std::uint64_t usual_download = 1 << 20;  // bytes, where nobody knows how much it will be

// In milliseconds nobody feels, and by a factor that noise does not cross; one in use may be a little worse, so that a
// device is steady.
struct Width {
  double factor;
  double slack_us;
};
constexpr Width to_enter{1.2, 2'000};
constexpr Width to_stay{1.5, 10'000};

struct Least {
  double value = unknown;
  std::size_t count = 0;

  void take(double another) {
    value = std::min(value, another);
    ++count;
  }
  double usual() const { return count < 2 ? 0 : std::max(0.0, value); }
};

struct Item : Ranked {
  double key = 0;
  std::size_t position = 0;
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

class Ranking {
 public:
  explicit Ranking(const Situation& situation) : situation_(situation), usual_(usual_overhead(situation)) {}

  std::vector<Item> items_of(const std::vector<std::size_t>& eligible) {
    std::vector<Item> items(eligible.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      items[i].location = eligible[i];
      items[i].latency = latency(record(items[i]), candidate(items[i]).tls, usual_, situation_.now);
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
      case Kind::ping:
        item.reason = item.latency ? Reason::measured : Reason::unmeasured;
        return item.latency.value_or(unknown);
      case Kind::bandwidth: {
        const bool known = record(item).counts(situation_.now) && record(item).per_byte.known();
        item.reason = known ? Reason::measured : Reason::unmeasured;
        if (!known) return unknown;
        // What is out of date is tried: it may be the best by now.
        return record(item).knows_goodput(situation_.now) ? record(item).per_byte.at(situation_.now) : 0;
      }
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

  // Microseconds of the whole transfer. A goodput that is not known, or not any more, is taken for the best one: a
  // transfer will tell.
  double cost(const Item& item, double best_per_byte) const {
    const Record& known = record(item);
    const double per_byte = known.knows_goodput(situation_.now) ? known.per_byte.at(situation_.now) : best_per_byte;
    const bool sized = situation_.bytes > 0 || situation_.direction == Direction::upload;
    const auto bytes = static_cast<double>(sized ? situation_.bytes : usual_download);
    return *item.latency + bytes * per_byte / 1000;
  }

  // Below zero in the band, the highest weight first; outside it the cost.
  void set_band_keys(std::vector<Item>& items) const {
    double best_per_byte = unknown;
    WallTime last_used{};
    for (const Item& item : items) {
      if (!item.latency) continue;
      if (record(item).knows_goodput(situation_.now))
        best_per_byte = std::min(best_per_byte, record(item).per_byte.at(situation_.now));
      last_used = std::max(last_used, record(item).used);
    }
    if (best_per_byte == unknown) best_per_byte = 0;
    double best = unknown;
    for (Item& item : items) {
      item.key = item.latency ? cost(item, best_per_byte) : unknown;
      item.reason = item.latency ? Reason::measured : Reason::unmeasured;
      best = std::min(best, item.key);
    }
    const Item* kept = nullptr;
    for (Item& item : items) {
      const bool in_use = last_used > WallTime{} && record(item).used == last_used;
      if (!item.latency || !within_band(item.key, best, in_use)) continue;
      item.reason = Reason::in_band;
      item.key = -1 - static_cast<double>(candidate(item).weight);
      if (kept == nullptr || item.key < kept->key) kept = &item;
    }
    if (kept != nullptr) items[static_cast<std::size_t>(kept - items.data())].reason = Reason::kept_to;
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
      const bool told_apart = i > 0 && (items[i].key != items[i - 1].key || items[i].group != former ||
                                        items[i].placed != items[i - 1].placed);
      former = items[i].group;
      if (told_apart) ++group;
      items[i].group = group;
    }
  }

  const Situation& situation_;
  Overhead usual_;
};

}  // namespace

bool within_band(double cost, double best, bool in_use) {
  const Width width = in_use ? to_stay : to_enter;
  return cost <= best * width.factor + width.slack_us;
}

Overhead usual_overhead(const Situation& situation) {
  Least tls;
  Least answer;
  for (const Record& record : situation.records) {
    if (!record.counts(situation.now) || !record.connect.known()) continue;
    const double round_trip = record.connect.at(situation.now);
    if (record.tls.known()) tls.take(record.tls.at(situation.now) - round_trip);
    if (record.answer.known()) answer.take(record.answer.at(situation.now) - round_trip);
  }
  return {tls.usual(), answer.usual()};
}

bool discarded(const SelectionRules& rules, const Candidate& candidate) {
  return !candidate.fixed && std::any_of(rules.chain.begin(), rules.chain.end(), [&](const Algorithm& algorithm) {
    return algorithm.discard_foreign && is_foreign(algorithm, candidate);
  });
}

std::vector<Ranked> rank(const Situation& situation, const std::vector<std::size_t>& eligible) {
  std::vector<std::size_t> fixed;
  std::vector<std::size_t> free;
  for (const std::size_t one : eligible) (situation.candidates[one].fixed ? fixed : free).push_back(one);
  Ranking ranking(situation);
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
