#include "agent/beacon/peak_average.h"

#include <catch2/catch.hpp>

using namespace muster;
using beacon::PeakAverage;

namespace {

const WallTime t0{std::chrono::hours(500'000)};

PeakAverage calm_at(double level) {
  PeakAverage average;
  for (int i = 0; i < 10; ++i) average.add(level, t0);
  return average;
}

}  // namespace

TEST_CASE("nothing is known before the first sample, and then that sample", "[peak_average]") {
  PeakAverage average;
  CHECK_FALSE(average.known());
  average.add(12, t0);
  CHECK(average.known());
  CHECK(average.at(t0) == Approx(12));
}

TEST_CASE("a peak counts at once and in full", "[peak_average]") {
  PeakAverage average = calm_at(10);
  average.add(500, t0);
  CHECK(average.at(t0) == Approx(500));
}

TEST_CASE("a single peak fades with age to hardly more than before", "[peak_average]") {
  PeakAverage average = calm_at(10);
  average.add(500, t0);
  CHECK(average.at(t0 + std::chrono::minutes(5)) < 250);
  CHECK(average.at(t0 + std::chrono::minutes(5)) > 150);
  CHECK(average.at(t0 + std::chrono::hours(2)) < 75);
}

TEST_CASE("good news after a peak count by half each time", "[peak_average]") {
  PeakAverage average = calm_at(10);
  average.add(410, t0);
  average.add(10, t0);
  CHECK(average.at(t0) == Approx(210));
  average.add(10, t0);
  CHECK(average.at(t0) == Approx(110));
}

TEST_CASE("a lasting change becomes the new level", "[peak_average]") {
  PeakAverage average = calm_at(10);
  for (int i = 0; i < 40; ++i) average.add(100, t0 + seconds(i));
  CHECK(average.at(t0 + std::chrono::hours(5)) == Approx(100).epsilon(0.02));
}

TEST_CASE("a clock that went back lets nothing fade and nothing explode", "[peak_average]") {
  PeakAverage average = calm_at(10);
  average.add(500, t0);
  CHECK(average.at(t0 - std::chrono::hours(9000)) == Approx(500));
  average.add(10, t0 - std::chrono::hours(9000));
  CHECK(average.at(t0) < 500);
}
