#include "agent/certificate/renewal_plan.h"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::certificate;
using namespace std::chrono_literals;
using std::chrono::hours;

namespace {

constexpr hours day{24};
const WallTime begin{hours(24 * 20'000)};
const Lifetime ninety_days{begin, begin + 90 * day};

}  // namespace

TEST_CASE("A renewal is requested when a third of the lifetime is left, spread over a tenth of that third") {
  CHECK(first_request(ninety_days, 0) == begin + 60 * day);
  CHECK(first_request(ninety_days, 0.5) == begin + 60 * day + 36h);
  CHECK(first_request(ninety_days, 0.999) < begin + 63 * day);
  CHECK(first_request({begin, begin + day}, 0) == begin + 16h);
}

TEST_CASE("A request that was made for an earlier certificate, or that comes of a wrong clock, does not count") {
  const WallTime first = first_request(ninety_days, 0);
  for (const auto last : {std::optional<WallTime>(), std::optional(first - 1s), std::optional(first + 2 * day)}) {
    CHECK(next_request(ninety_days, 0, last, first + day) == first);
  }
}

TEST_CASE("A request without success is repeated daily, and sooner as the end comes near") {
  const auto gap_at = [](WallTime last) { return next_request(ninety_days, 0, last, last + 1s) - last; };
  CHECK(gap_at(begin + 60 * day) == day);
  CHECK(gap_at(begin + 83 * day) == 21h);
  CHECK(gap_at(begin + 89 * day) == 3h);
  CHECK(gap_at(begin + 90 * day - 2h) == 1h);
  CHECK(gap_at(begin + 90 * day + 2h) == 1h);
  CHECK(gap_at(begin + 400 * day) == 1h);
}

TEST_CASE("A certificate that lives for an hour is asked for every few minutes") {
  const Lifetime hour{begin, begin + 1h};
  const WallTime first = first_request(hour, 0);
  CHECK(first == begin + 40min);
  CHECK(next_request(hour, 0, first, first + 1s) == first + 150s);
  CHECK(next_request(hour, 0, begin + 59min, begin + 60min) == begin + 59min + 150s);
  CHECK(next_request({begin, begin + 1min}, 0, begin + 50s, begin + 51s) == begin + 110s);
}

TEST_CASE("Dates that make no sense overflow nothing") {
  const WallTime now{hours(24 * 20'000)};
  for (const Lifetime& odd : {Lifetime{WallTime::min(), WallTime::max()}, Lifetime{begin + day, begin}}) {
    CHECK(next_request(odd, 0.5, std::nullopt, now) == first_request(odd, 0.5));
    CHECK(next_request(odd, 0.5, now, now) >= now - day);
  }
}
