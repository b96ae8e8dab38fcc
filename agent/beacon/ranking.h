// Orders locations by a chain of algorithms. Pure.
#pragma once

#include <vector>

#include "agent/beacon/choice.h"

namespace muster::beacon {

struct Ranked {
  std::size_t location = 0;
  std::size_t group = 0;  // equal: nothing told them apart, as nothing is known of their speed
  Reason reason = Reason::unmeasured;
  std::optional<double> latency;  // microseconds
};

// Of `eligible` locations, best first; then those with a place of their own, about which algorithms say nothing.
std::vector<Ranked> rank(const Situation& situation, const std::vector<std::size_t>& eligible);

// An algorithm says that it is never used (discardForeign), however it and the others are at the moment.
bool discarded(const SelectionRules& rules, const Candidate& candidate);

// What handshakes and answers take beyond their round trip at least, of all that have been measured. Nothing where that
// is a single one: it may be slow itself.
Overhead usual_overhead(const Situation& situation);

// How much worse than the best one in the band may be.
bool within_band(double cost, double best, bool in_use);

}  // namespace muster::beacon
