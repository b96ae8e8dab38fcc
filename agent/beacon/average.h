// What a quantity usually is, and the best that it was lately: values that learn from samples. One thread.
#pragma once

#include "platform/base/clock.h"

namespace muster::beacon {

// A running average whose weight fades with age. Only what was measured is a sample, never a lower bound.
class Average {
 public:
  static constexpr std::chrono::hours holds{24 * 28};

  Average() = default;
  Average(double value, WallTime at) : value_(value), at_(at) {}

  // Never measured, longer ago than `holds`, or dated into the future by a clock that went back: not known.
  bool known(WallTime now) const { return at_ > WallTime{} && at_ <= now && now - at_ < holds; }
  double value() const { return value_; }
  WallTime time() const { return at_; }  // of the last sample; the epoch: none

  // A cost above the average moves it by a fifth, one below by half, and more the older the average is.
  void add(double sample, WallTime now);

 private:
  double value_ = 0;
  WallTime at_{};
};

// The lowest value of the last week: what the quantity may be again when its cause has passed.
class Lowest {
 public:
  static constexpr std::chrono::hours holds{24 * 7};

  Lowest() = default;
  Lowest(double value, WallTime at) : value_(value), at_(at) {}

  bool known(WallTime now) const { return at_ > WallTime{} && at_ <= now && now - at_ < holds; }
  double value() const { return value_; }
  WallTime time() const { return at_; }

  void add(double sample, WallTime now);

 private:
  double value_ = 0;
  WallTime at_{};
};

}  // namespace muster::beacon
