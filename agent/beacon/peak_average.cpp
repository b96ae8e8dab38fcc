#include "agent/beacon/peak_average.h"

#include <algorithm>
#include <cmath>

namespace muster::beacon {
namespace {

constexpr double fading_s = 300;        // in which a peak falls to a third
constexpr double weight_of_news = 0.5;  // of a sample below what was expected
constexpr double calm_rises = 0.125;    // share of the way that the calm level goes towards a higher sample
constexpr double calm_falls = 0.5;

}  // namespace

double PeakAverage::at(WallTime now) const {
  if (peak_ == 0 || now <= at_) return calm_ + peak_;
  const std::chrono::duration<double> age = now - at_;
  return calm_ + peak_ * std::exp(-age.count() / fading_s);
}

void PeakAverage::add(double sample, WallTime now) {
  if (!known_) {
    *this = PeakAverage(sample, 0, now);
    return;
  }
  const double expected = at(now);
  const double level = std::max(sample, expected + weight_of_news * (sample - expected));
  calm_ += (sample > calm_ ? calm_rises : calm_falls) * (sample - calm_);
  peak_ = std::max(0.0, level - calm_);
  at_ = now;
}

}  // namespace muster::beacon
