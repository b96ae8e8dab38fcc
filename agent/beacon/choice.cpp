#include "agent/beacon/choice.h"

#include <algorithm>

#include "agent/beacon/ranking.h"

namespace muster::beacon {
namespace {

constexpr std::size_t second_wave = 3;  // beside the first one; then all that are left

struct Sorted {
  std::vector<std::size_t> good;
  std::vector<std::size_t> on_trial;
  std::vector<std::size_t> slow;  // avoided, but something arrives there
  std::vector<std::size_t> avoided;
};

// A place that people or names give is not lost to a trial: a background probe of a farther beacon may never end before
// the transfer of a nearer one does, so a transfer tries it, with little patience.
bool is_tried_by_transfer(const Situation& situation, std::size_t location) {
  const bool ordered = situation.candidates[location].fixed || !situation.rules.speed_decides();
  return ordered && situation.records[location].penalty->fault != Fault::slow;
}

Sorted sort_out(const Situation& situation, Choice& choice) {
  Sorted sorted;
  for (std::size_t i = 0; i < situation.candidates.size(); ++i) {
    if (is_never_used(situation, i)) choice.never.push_back(i);
    if (!may_be_used(situation, i)) continue;

    const Record& record = situation.records[i];
    if (record.deferred(situation.now)) {
      choice.deferred.push_back(i);
    } else if (record.avoided(situation.now, situation.epoch)) {
      (record.delivers_slowly() ? sorted.slow : sorted.avoided).push_back(i);
    } else {
      const bool last = record.on_trial(situation.now) && !is_tried_by_transfer(situation, i);
      (last ? sorted.on_trial : sorted.good).push_back(i);
    }
  }

  std::stable_sort(choice.deferred.begin(), choice.deferred.end(), [&](std::size_t a, std::size_t b) {
    return situation.records[a].retry_after->until < situation.records[b].retry_after->until;
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

// How long the next ones wait for it. A transfer that tries a beacon waits no longer than for a measured one.
milliseconds wait_for(const Situation& situation, const Place& place) {
  const Record& record = situation.records[place.location];
  const bool strict = is_strict(situation, place) && !record.on_trial(situation.now);
  return strict ? max_patience : patience_with(record, situation.now);
}

// Nothing is known of how fast the two are, and an algorithm asks: the first to answer decides.
bool races(const Situation& situation, const Ranked& ranked, const Ranked& first) {
  return situation.rules.measures() && ranked.group == first.group && !ranked.latency && !first.latency &&
         ranked.reason != Reason::fixed && first.reason != Reason::fixed;
}

// The first alone, or those that race; then a few beside it, then the rest. What people have placed has its own second.
void set_starts(const Situation& situation, const std::vector<Ranked>& ranked, std::vector<Place>& places) {
  for (Place& place : places) {
    const Record& record = situation.records[place.location];
    const bool known = record.connect.known(situation.now) || record.on_trial(situation.now);
    place.patience = known ? wait_for(situation, place) : max_patience;
  }

  std::size_t i = 1;
  while (i < ranked.size() && races(situation, ranked[i], ranked.front())) ++i;

  milliseconds start{0};
  for (int wave = 0; i < places.size(); ++wave) {
    start += wait_for(situation, places[i - 1]);
    const std::size_t size = wave > 1 ? places.size() : second_wave;
    const std::size_t end = is_strict(situation, places[i]) ? i + 1 : std::min(places.size(), i + size);
    do {
      places[i].starts_after = start;
    } while (++i < end && !is_strict(situation, places[i]));
  }
}

}  // namespace

Choice choose(const Situation& situation) {
  Choice choice;
  Sorted sorted = sort_out(situation, choice);
  if (sorted.good.empty()) sorted.good = std::move(sorted.slow);  // to ask all at once would make them slower still

  if (sorted.good.empty() && sorted.on_trial.empty()) {
    for (const std::size_t location : sorted.avoided) {
      choice.places.push_back({location, Reason::avoided, std::nullopt, milliseconds(0), max_patience});
    }
    return choice;
  }

  std::vector<Ranked> ranked = rank(situation, sorted.good);
  merge_fixed(situation, ranked);
  choice.places.reserve(ranked.size() + sorted.on_trial.size());
  for (const Ranked& one : ranked) choice.places.push_back({one.location, one.reason, one.latency, {}, {}});
  for (const std::size_t location : sorted.on_trial) {
    choice.places.push_back({location, Reason::on_trial, std::nullopt, {}, {}});
  }

  if (!ranked.empty()) {
    set_starts(situation, ranked, choice.places);
  } else {
    for (Place& place : choice.places) place.patience = max_patience;
  }
  return choice;
}

}  // namespace muster::beacon
