// Which location a background probe is for.
#include <algorithm>
#include <limits>

#include "agent/beacon/choice.h"
#include "agent/beacon/ranking.h"

namespace muster::beacon {
namespace {

constexpr std::chrono::minutes stale_after{50};  // one transfer an hour finds it stale
constexpr std::chrono::hours max_rest{24};
constexpr int rest_share = 8;  // of the time since it was at its best
constexpr double share_of_refreshing = 0.003;
constexpr double unknown = std::numeric_limits<double>::infinity();

bool starts_at_once(const Choice& choice, std::size_t location) {
  return std::any_of(choice.places.begin(), choice.places.end(),
                     [&](const Place& place) { return place.location == location && place.starts_after.count() == 0; });
}

bool may_be_probed(const Situation& situation, const Choice& choice, std::size_t location) {
  const Record& record = situation.records[location];
  return may_be_used(situation, location) && !starts_at_once(choice, location) && !record.deferred(situation.now) &&
         !record.avoided(situation.now, situation.epoch);
}

// For how long it is left alone since it was last asked: the rarer, the longer ago it was at its best. One that was
// never well: the rarer, the more often it has failed in a row.
WallTime::duration rest_of(const Record& record, WallTime now) {
  constexpr unsigned max_doublings = 11;
  const bool tries = record.on_trial(now);
  const WallTime best = record.best_latency.time();
  const WallTime::duration at_least = tries ? WallTime::duration::zero() : stale_after;
  if (best > WallTime{}) return std::clamp<WallTime::duration>((now - best) / rest_share, at_least, max_rest);
  return tries ? std::chrono::minutes(1U << std::min(record.penalty->times, max_doublings)) : at_least;
}

bool rests(const Record& record, WallTime now) {
  const WallTime last = record.on_trial(now) ? record.penalty->since : record.heard;
  return now - last < rest_of(record, now);
}

// It would take the place of the first: it would be in the band, and be the one to keep to; or the first would be out
// of it.
bool would_be_first(const Situation& situation, const Place& first, std::size_t location, double at_best) {
  const auto weight = [&](std::size_t one) { return situation.candidates[one].weight; };
  if (!narrow_band.contains(at_best, *first.expected_us)) return false;
  return weight(location) > weight(first.location) || !wide_band.contains(*first.expected_us, at_best);
}

// Microseconds that it may take now; nullopt: a probe would change nothing.
std::optional<double> worth_of_probe(const Situation& situation, const Place& first, std::size_t location) {
  const Record& record = situation.records[location];
  if (record.never_heard(situation.now)) return unknown;
  if (rests(record, situation.now)) return std::nullopt;

  const auto known = latency(record, situation.candidates[location].tls, situation.now);
  const bool was_better = known && record.best_latency.known(situation.now) && record.best_latency.value() < known->us;
  double at_best = unknown;
  if (known) at_best = was_better ? record.best_latency.value() : known->us;
  if (record.on_trial(situation.now)) return at_best;
  if (!was_better || !first.expected_us || !would_be_first(situation, first, location, at_best)) return std::nullopt;
  return at_best;
}

}  // namespace

std::optional<std::size_t> next_background_probe(const Situation& situation, const Choice& choice, double random) {
  if (choice.places.empty() || choice.places.front().reason == Reason::avoided) return std::nullopt;
  const Place& first = choice.places.front();

  std::optional<std::size_t> best;
  double best_us = 0;
  std::optional<std::size_t> stalest;
  for (std::size_t i = 0; i < situation.records.size(); ++i) {
    if (!may_be_probed(situation, choice, i)) continue;

    if (const auto us = worth_of_probe(situation, first, i)) {
      if (!best || *us < best_us) {
        best = i;
        best_us = *us;
      }
    } else if (situation.now - situation.records[i].heard >= stale_after) {
      if (!stalest || situation.records[i].heard < situation.records[*stalest].heard) stalest = i;
    }
  }
  if (best) return best;
  return random < share_of_refreshing ? stalest : std::nullopt;
}

}  // namespace muster::beacon
