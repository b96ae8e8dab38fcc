#include "agent/beacon/average.h"

#include <cmath>

namespace muster::beacon {
namespace {

// What is left of the former average beside a new sample, and the age at which half of that is left.
struct Inertia {
  double share;
  std::chrono::minutes half_life;
};
constexpr Inertia against_worse{0.8, std::chrono::hours(24 * 14)};  // one bad transfer says little
constexpr Inertia against_better{0.5, std::chrono::minutes(10)};

}  // namespace

void Average::add(double sample, WallTime now) {
  const Inertia inertia = sample > value_ ? against_worse : against_better;
  const std::chrono::duration<double> age = now - at_;
  const double half_lives = age / std::chrono::duration<double>(inertia.half_life);
  const double kept = known(now) ? inertia.share * std::exp2(-half_lives) : 0;

  value_ = kept * value_ + (1 - kept) * sample;
  at_ = now;
}

void Lowest::add(double sample, WallTime now) {
  if (known(now) && sample > value_) return;
  value_ = sample;
  at_ = now;
}

}  // namespace muster::beacon
