#include "agent/transfer/rate_limiter.h"

#include <catch2/catch.hpp>

using namespace muster;
using transfer::RateLimiter;
using transfer::RateLimits;

namespace {

const SteadyTime t0{std::chrono::hours(1)};

// Moves pieces as often as it may for `time`, over a line of that speed; returns the bytes.
std::uint64_t moved_in(RateLimiter& limiter, seconds time, std::uint64_t line, SteadyTime start = t0) {
  constexpr std::uint64_t piece = 16'384;
  std::uint64_t moved = 0;
  SteadyTime now = start;
  const auto piece_time = std::chrono::nanoseconds(piece * 1'000'000'000 / line);
  while (now < start + time) {
    if (!limiter.may_send(now)) {
      now = std::max(limiter.ready_at(now), now + milliseconds(1));
      continue;
    }
    limiter.consume(piece);
    moved += piece;
    now += piece_time;
  }
  return moved;
}

constexpr std::uint64_t million = 1'000'000;

}  // namespace

TEST_CASE("the rate is kept over time, whatever the line could do", "[limiter]") {
  RateLimiter limiter({.most = million});
  const auto moved = moved_in(limiter, seconds(10), 100 * million);
  CHECK(moved > 95 * million / 10);
  CHECK(moved < 105 * million / 10);
}

TEST_CASE("a slow line is not slowed down further", "[limiter]") {
  RateLimiter limiter({.most = 10 * million});
  CHECK(moved_in(limiter, seconds(10), million) > 98 * million / 10);
}

TEST_CASE("what was not used is not saved up for long", "[limiter]") {
  RateLimiter limiter({.most = million});
  REQUIRE(limiter.may_send(t0));
  CHECK(moved_in(limiter, seconds(1), 100 * million, t0 + seconds(3600)) < 12 * million / 10);
}

TEST_CASE("a share of the line is a share of the time", "[limiter]") {
  RateLimiter limiter({.fast_line = 1, .fast_share = 250, .slow_share = 250});
  const auto moved = moved_in(limiter, seconds(20), 4 * million);
  CHECK(moved > 19 * million);
  CHECK(moved < 21 * million);
}

TEST_CASE("a line below the limit counts as slow, one above as fast, as soon as it was seen", "[limiter]") {
  const RateLimits rules{.fast_line = 2 * million, .fast_share = 500, .slow_share = 100};
  RateLimiter slow(rules);
  const auto on_slow = moved_in(slow, seconds(20), million);
  CHECK(on_slow < 25 * million / 10);
  CHECK(on_slow > 15 * million / 10);
  RateLimiter fast(rules);
  const auto on_fast = moved_in(fast, seconds(20), 4 * million);
  CHECK(on_fast > 35 * million);
  CHECK(on_fast < 45 * million);
}

TEST_CASE("the least share lets something through in every second", "[limiter]") {
  RateLimiter limiter({.fast_line = 1, .fast_share = 1, .slow_share = 1});
  const auto moved = moved_in(limiter, seconds(20), 16'384'000);  // a piece each millisecond
  CHECK(moved >= 15 * 16'384);
  CHECK(moved <= 45 * 16'384);
}

TEST_CASE("without a speed from which a line is fast there are no shares", "[limiter]") {
  CHECK(transfer::SharedRateLimiter::make({.fast_line = 0, .fast_share = 250, .slow_share = 100}) == nullptr);
  RateLimiter limiter({.most = 100 * million, .fast_line = 0, .fast_share = 250, .slow_share = 100});
  CHECK(moved_in(limiter, seconds(10), million) > 98 * million / 10);
}

TEST_CASE("no limits: no limiter at all", "[limiter]") {
  CHECK(transfer::SharedRateLimiter::make({}) == nullptr);
  CHECK(transfer::SharedRateLimiter::make({.most = 1}) != nullptr);
}
