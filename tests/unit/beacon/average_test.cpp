#include "agent/beacon/average.h"

#include <catch2/catch.hpp>

using namespace muster;
using beacon::Average;
using beacon::Lowest;
using std::chrono::hours;

namespace {

const WallTime noon{hours(500'000)};

}  // namespace

TEST_CASE("nothing is known before the first sample, and then that sample", "[average]") {
  Average average;
  CHECK_FALSE(average.known(noon));
  average.add(10, noon);
  CHECK(average.known(noon));
  CHECK(average.value() == Approx(10));
}

TEST_CASE("one bad sample moves an average by a fifth, a good one by half", "[average]") {
  Average average(10, noon);
  average.add(50, noon);
  CHECK(average.value() == Approx(18));
  average.add(10, noon);
  CHECK(average.value() == Approx(14));
}

TEST_CASE("the weight of what was measured before fades with age", "[average]") {
  Average average(100, noon);
  average.add(10, noon + hours(1));
  CHECK(average.value() == Approx(10).margin(1));
  average.add(100, noon + hours(2));
  CHECK(average.value() == Approx(29).margin(1));
  average.add(100, noon + hours(2 + 24 * 27));
  CHECK(average.value() > 80);
}

TEST_CASE("a lasting change becomes the average", "[average]") {
  Average average(10, noon);
  for (int i = 0; i < 30; ++i) average.add(100, noon);
  CHECK(average.value() > 99);
}

TEST_CASE("after four weeks, and before it was measured, an average is not known and starts again", "[average]") {
  Average average(10, noon);
  CHECK(average.known(noon + hours(24 * 28 - 1)));
  CHECK_FALSE(average.known(noon + hours(24 * 28)));
  CHECK_FALSE(average.known(noon - hours(1)));
  average.add(50, noon - hours(1));  // the clock went back
  CHECK(average.value() == Approx(50));
}

TEST_CASE("the lowest value is that of the last week", "[average]") {
  Lowest lowest;
  CHECK_FALSE(lowest.known(noon));
  lowest.add(10, noon);
  lowest.add(20, noon + hours(24));
  CHECK(lowest.value() == 10);
  CHECK(lowest.time() == noon);
  lowest.add(10, noon + hours(48));
  CHECK(lowest.time() == noon + hours(48));
  CHECK_FALSE(lowest.known(noon + hours(48 + 24 * 7)));
  lowest.add(30, noon + hours(48 + 24 * 7));
  CHECK(lowest.value() == 30);
}
