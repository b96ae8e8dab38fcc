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

// Of `eligible` locations, best first; what an algorithm leaves out goes to `never`.
std::vector<Ranked> rank(const Situation& situation, const std::vector<std::size_t>& eligible,
                         std::vector<std::size_t>& never);

// What handshakes and answers take beyond their round trip at least, of all that have been measured.
Overhead usual_overhead(const Situation& situation);

// How much worse than the best one in the band may be.
bool within_band(double cost, double best, bool in_use);

}  // namespace muster::beacon
