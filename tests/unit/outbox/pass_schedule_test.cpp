#include "agent/outbox/pass_schedule.h"

#include <catch2/catch.hpp>

using namespace muster;
using outbox::PassCounts;
using outbox::PassSchedule;

namespace {

PassCounts left(std::uint64_t files) {
  PassCounts counts;
  counts.left = files;
  return counts;
}

// When the next pass starts, after `now`.
seconds next_pass(PassSchedule& schedule, SteadyTime now) {
  for (seconds wait{0}; wait < seconds(4000); ++wait) {
    if (schedule.take_pass_due(now + wait)) return wait;
  }
  return seconds(-1);
}

}  // namespace

TEST_CASE("passes in vain come later and later, up to an hour, and still the spool is scanned in between",
          "[schedule]") {
  PassSchedule schedule;
  SteadyTime now{std::chrono::hours(1)};
  for (const int wait : {60, 120, 240, 480, 600, 600, 600}) {
    schedule.pass_started(now);
    schedule.pass_ended(left(1), false, std::nullopt, 0.9999, now);
    const seconds next = next_pass(schedule, now);
    CHECK(next <= seconds(wait));
    CHECK(next >= seconds(wait - 2));
    now += next;
  }
}

TEST_CASE("a spool in which nothing is left is scanned every ten minutes", "[schedule]") {
  PassSchedule schedule;
  const SteadyTime now{std::chrono::hours(1)};
  schedule.pass_started(now);
  schedule.pass_ended({}, false, std::nullopt, 0, now);
  CHECK(next_pass(schedule, now) == seconds(600));
}

TEST_CASE("held-back files are tried every five seconds at most, and not before the beacons' time", "[schedule]") {
  PassSchedule schedule;
  const SteadyTime now{std::chrono::hours(1)};
  schedule.file_held_back(std::nullopt, now);
  CHECK(schedule.take_resume_due(now));
  schedule.file_held_back(std::nullopt, now + seconds(1));
  CHECK_FALSE(schedule.take_resume_due(now + seconds(4)));
  CHECK(schedule.take_resume_due(now + seconds(5)));
  schedule.file_held_back(seconds(30), now + seconds(20));
  CHECK_FALSE(schedule.take_resume_due(now + seconds(49)));
  CHECK(schedule.take_resume_due(now + seconds(50)));
}
