// Orders locations by a chain of algorithms. Pure.
#pragma once

#include <vector>

#include "agent/beacon/choice.h"

namespace muster::beacon {

struct Ranked {
  std::size_t location = 0;
  std::size_t group = 0;  // equal: nothing known about their speed distinguishes them
  Reason reason = Reason::unmeasured;
  std::optional<double> latency;  // microseconds; by its round trip where no more is known
};

// Of `eligible` locations, best first; then those with a place of their own, about which algorithms say nothing.
std::vector<Ranked> rank(const Situation& situation, const std::vector<std::size_t>& eligible);

// Not Priority=invalid, not discarded by an algorithm (discardForeign), not tried already.
bool is_never_used(const Situation& situation, std::size_t location);
bool may_be_used(const Situation& situation, std::size_t location);

// How much worse than the best one a location may be, to be as good as that one.
struct Band {
  double factor;
  double slack_us;

  bool contains(double cost, double best) const { return cost <= best * factor + slack_us; }
};
inline constexpr Band narrow_band{1.2, 2'000};  // a difference that is not felt, and a factor that noise does not cross
inline constexpr Band wide_band{1.5, 10'000};   // beside an estimate, and for the one in use: a device is steady

}  // namespace muster::beacon
