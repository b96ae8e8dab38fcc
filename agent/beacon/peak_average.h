// A moving average of a cost that jumps to a peak at once and lets it fade: bad news counts now, good news in time. In
// the manner of a peak-sensitive EWMA, with a calm level below it that a single peak hardly moves.
#pragma once

#include "platform/base/clock.h"

namespace muster::beacon {

class PeakAverage {
 public:
  PeakAverage() = default;
  PeakAverage(double calm, double peak, WallTime at) : calm_(calm), peak_(peak), at_(at), known_(true) {}

  bool known() const { return known_; }
  // What it is expected to be at `now`; a clock that went back lets nothing fade. Only when known.
  double at(WallTime now) const;
  void add(double sample, WallTime now);

  // For keeping it.
  double calm() const { return calm_; }
  double peak() const { return peak_; }  // above calm, as it was at time()
  WallTime time() const { return at_; }

 private:
  double calm_ = 0;
  double peak_ = 0;
  WallTime at_{};
  bool known_ = false;
};

}  // namespace muster::beacon
