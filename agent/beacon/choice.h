// The choice of a beacon for one transfer: a pure function, with its reasons as data. A few microseconds for fifty
// locations.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/beacon/algorithm.h"
#include "agent/beacon/candidate.h"
#include "agent/beacon/record.h"

namespace muster::beacon {

// Everything that the choice depends on. The spans are of equal size; an index into them is a location.
struct Situation {
  std::span<const Candidate> candidates;
  std::span<const Record> records;
  const SelectionRules& rules;
  const std::vector<bool>& tried;  // not to be asked again; may be shorter: not tried
  Direction direction = Direction::upload;
  std::uint64_t bytes = 0;  // to be moved; 0: unknown
  WallTime now;
  std::uint64_t epoch = 0;  // the certificates in use
};

enum class Reason {
  fixed,       // AutoPriority=False
  kept_to,     // in the band of the best; the hash of device and beacon gives it
  in_band,     // in the band as well
  measured,    // in the order of what was measured
  estimated,   // by its round trip: a part has not been measured yet
  unmeasured,  // not even the round trip is known
  matched,     // in the order that an algorithm gives without measuring
  on_trial,    // it failed, and whether it is back is not known yet
  avoided,     // it fails, and so do all others
};

struct Place {
  std::size_t location = 0;
  Reason reason = Reason::unmeasured;
  std::optional<double> expected_us;  // time to the first byte on a new connection
  milliseconds starts_after{0};       // since the beginning: when it joins, where those before it have not answered
  milliseconds patience{0};           // how long it may be silent before that is a fault
};

struct Choice {
  std::vector<Place> places;          // in the order in which they are tried; `starts_after` never falls
  std::vector<std::size_t> never;     // Priority=invalid, or left out by an algorithm
  std::vector<std::size_t> deferred;  // asked clients to wait, the earliest end first: there is no place for them
};

// Those that fail are left out while there are others; when all fail, those that deliver slowly are in their order, and
// where there is none of them all are asked at once, but for those that are deferred.
Choice choose(const Situation& situation);

// The location that a probe in the background is for, if any. One on trial, one that was never asked, or one that at
// its best of the last week would be the first; the longer that best is ago, the rarer. And, for one transfer in two
// hundred, the one that was asked longest ago. `random` is in [0, 1).
std::optional<std::size_t> next_background_probe(const Situation& situation, const Choice& choice, double random);

}  // namespace muster::beacon
