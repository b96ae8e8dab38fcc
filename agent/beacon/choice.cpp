#include "agent/beacon/choice.h"

#include <algorithm>

#include "agent/beacon/ranking.h"

namespace muster::beacon {
namespace {

constexpr milliseconds least_patience{250};  // TCP and TLS of a busy beacon that is no dead one
constexpr milliseconds strict_patience{1000};
constexpr std::size_t second_wave = 3;  // beside the first one; then all that are left
constexpr std::chrono::hours stale_after{1};
constexpr double share_of_refreshing = 0.005;

struct Sorted {
  std::vector<std::size_t> good;
  std::vector<std::size_t> on_trial;
  std::vector<std::size_t> slow;  // avoided, but something arrives there
  std::vector<std::size_t> avoided;
};

bool is_never_used(const Situation& situation, std::size_t location) {
  const Candidate& candidate = situation.candidates[location];
  return candidate.never || discarded(situation.rules, candidate);
}

bool may_be_asked(const Situation& situation, std::size_t location) {
  return !is_never_used(situation, location) && (location >= situation.tried.size() || !situation.tried[location]);
}

Sorted sort_out(const Situation& situation, Choice& choice) {
  Sorted sorted;
  for (std::size_t i = 0; i < situation.candidates.size(); ++i) {
    if (is_never_used(situation, i)) choice.never.push_back(i);
    if (!may_be_asked(situation, i)) continue;
    const Record& record = situation.records[i];
    if (record.held(situation.now)) {
      choice.held.push_back(i);
    } else if (record.avoided(situation.now, situation.epoch)) {
      (record.delivers_slowly() ? sorted.slow : sorted.avoided).push_back(i);
    } else {
      (record.on_trial(situation.now) ? sorted.on_trial : sorted.good).push_back(i);
    }
  }
  std::stable_sort(choice.held.begin(), choice.held.end(), [&](std::size_t a, std::size_t b) {
    return situation.records[a].hold->until < situation.records[b].hold->until;
  });
  return sorted;
}

// The algorithms give numbers from `highest` on, the fixed ones have theirs; at equal numbers the fixed one is first.
void merge_fixed(const Situation& situation, std::vector<Ranked>& ranked) {
  struct Numbered {
    unsigned number;
    bool by_algorithm;
    Ranked ranked;
  };
  const SelectionRules& rules = situation.rules;
  std::vector<Numbered> all;
  all.reserve(ranked.size());
  unsigned next = rules.highest;
  for (const Ranked& one : ranked) {
    const Candidate& candidate = situation.candidates[one.location];
    all.push_back({candidate.fixed ? candidate.number : next, !candidate.fixed, one});
    if (!candidate.fixed && next < rules.lowest) ++next;
  }
  std::stable_sort(all.begin(), all.end(), [](const Numbered& a, const Numbered& b) {
    return a.number != b.number ? a.number < b.number : a.by_algorithm < b.by_algorithm;
  });
  for (std::size_t i = 0; i < all.size(); ++i) ranked[i] = all[i].ranked;
}

// Its place was given by people, not by what was measured.
bool is_strict(const Situation& situation, const Place& place) {
  return place.reason == Reason::fixed || !situation.rules.measures();
}

milliseconds patience_with(const Situation& situation, const Place& place) {
  const PeakAverage& connect = situation.records[place.location].connect;
  const milliseconds least = is_strict(situation, place) ? strict_patience : least_patience;
  if (!connect.known()) return least;
  return std::max(least, milliseconds(static_cast<long>(6 * connect.at(situation.now) / 1000)));
}

// Nobody knows how fast the two are, and an algorithm asks: whoever answers first tells.
bool races(const Situation& situation, const Ranked& ranked, const Ranked& first) {
  return situation.rules.measures() && ranked.group == first.group && !ranked.latency && !first.latency &&
         ranked.reason != Reason::fixed && first.reason != Reason::fixed;
}

// The first alone, or those that race; then a few beside it, then the rest. What people have placed has its own second.
void set_starts(const Situation& situation, const std::vector<Ranked>& ranked, std::vector<Place>& places) {
  std::size_t i = 1;
  while (i < ranked.size() && races(situation, ranked[i], ranked.front())) ++i;
  milliseconds start{0};
  for (int wave = 0; i < places.size(); ++wave) {
    start += patience_with(situation, places[i - 1]);
    const std::size_t size = wave > 1 ? places.size() : second_wave;
    const std::size_t end = is_strict(situation, places[i]) ? i + 1 : std::min(places.size(), i + size);
    do {
      places[i].starts_after = start;
    } while (++i < end && !is_strict(situation, places[i]));
  }
}

std::vector<Place> all_at_once(const std::vector<std::size_t>& locations, Reason reason) {
  std::vector<Place> places;
  places.reserve(locations.size());
  for (const std::size_t location : locations) places.push_back({location, reason, std::nullopt, milliseconds(0)});
  return places;
}

bool chosen_first(const Choice& choice, std::size_t location) {
  return std::any_of(choice.places.begin(), choice.places.end(),
                     [&](const Place& place) { return place.location == location && place.starts_after.count() == 0; });
}

bool is_old(const PeakAverage& average, WallTime now) { return average.known() && now - average.time() >= stale_after; }

// Its latency by its connections, with a handshake and an answer as others have them; what is too old to count is as it
// was.
double hoped_for(const Situation& situation, std::size_t location) {
  const Overhead usual = usual_overhead(situation);
  const Record& record = situation.records[location];
  const bool old = !record.counts(situation.now);
  const double round_trip = record.connect.at(situation.now);
  const auto part = [&](const PeakAverage& average, double more) {
    return old && average.known() ? average.at(situation.now) : round_trip + more;
  };
  const double handshake = situation.candidates[location].tls ? part(record.tls, usual.tls) : 0;
  return round_trip + handshake + part(record.answer, usual.answer);
}

// It would take the place of the first: it would be in the band, and be the one to keep to; or the first would be out
// of it.
bool would_be_first(const Situation& situation, const Place& first, std::size_t location) {
  const double expected = hoped_for(situation, location);
  const auto weight = [&](std::size_t one) { return situation.candidates[one].weight; };
  if (!within_band(expected, *first.expected_us, false)) return false;
  return weight(location) > weight(first.location) || !within_band(*first.expected_us, expected, true);
}

// Nobody has shaken hands with it yet, or not for so long that its numbers do not count and are a hope alone; or an
// hour ago it was slow at that, or at answering.
std::optional<Prospect> promising(const Situation& situation, const Choice& choice, std::size_t location) {
  const Record& record = situation.records[location];
  const Place& first = choice.places.front();
  const bool tls = situation.candidates[location].tls;
  if (!first.expected_us || !record.connect.known()) return std::nullopt;
  if (!would_be_first(situation, first, location)) return std::nullopt;
  const auto known = latency(record, tls, usual_overhead(situation), situation.now);
  if (!known) return Prospect{location};
  if (within_band(*known, *first.expected_us, false)) return std::nullopt;
  if (is_old(record.answer, situation.now)) return Prospect{location, true};
  return is_old(record.tls, situation.now) ? std::optional(Prospect{location}) : std::nullopt;
}

// It failed, or nobody has ever heard of it.
std::optional<Prospect> untried(const Situation& situation, std::size_t location) {
  const Record& record = situation.records[location];
  if (record.on_trial(situation.now)) return Prospect{location, trial_after(record.penalty->fault) == Trial::request};
  const bool unheard = record.heard == WallTime{} || record.heard > situation.now;
  return unheard ? std::optional(Prospect{location}) : std::nullopt;
}

}  // namespace

Choice choose(const Situation& situation) {
  Choice choice;
  Sorted sorted = sort_out(situation, choice);
  if (sorted.good.empty()) sorted.good = std::move(sorted.slow);  // to ask all at once would make them slower still
  if (sorted.good.empty() && sorted.on_trial.empty()) {
    choice.places = all_at_once(sorted.avoided, Reason::avoided);
    return choice;
  }
  std::vector<Ranked> ranked = rank(situation, sorted.good);
  merge_fixed(situation, ranked);
  choice.places.reserve(ranked.size() + sorted.on_trial.size());
  for (const Ranked& one : ranked) choice.places.push_back({one.location, one.reason, one.latency, milliseconds(0)});
  for (const std::size_t location : sorted.on_trial) {
    choice.places.push_back({location, Reason::on_trial, std::nullopt, milliseconds(0)});
  }
  if (!ranked.empty()) set_starts(situation, ranked, choice.places);
  return choice;
}

std::optional<Prospect> worth_a_look(const Situation& situation, const Choice& choice, double random) {
  if (choice.places.empty() || choice.places.front().reason == Reason::avoided) return std::nullopt;
  std::optional<Prospect> better;
  std::optional<Prospect> new_one;
  std::optional<Prospect> stalest;
  const auto weight = [&](const Prospect& prospect) { return situation.candidates[prospect.location].weight; };
  for (std::size_t i = 0; i < situation.records.size(); ++i) {
    const Record& record = situation.records[i];
    if (!may_be_asked(situation, i) || chosen_first(choice, i)) continue;
    if (record.held(situation.now) || record.avoided(situation.now, situation.epoch)) continue;
    if (const auto prospect = untried(situation, i)) {
      if (!new_one || weight(*prospect) > weight(*new_one)) new_one = prospect;
    } else if (const auto hope = promising(situation, choice, i)) {
      if (!better || weight(*hope) > weight(*better)) better = hope;
    } else if (situation.now - record.heard >= stale_after) {
      if (!stalest || record.heard < situation.records[stalest->location].heard) stalest = Prospect{i};
    }
  }
  if (better) return better;
  if (new_one) return new_one;
  return random < share_of_refreshing ? stalest : std::nullopt;
}

}  // namespace muster::beacon
