#include "agent/schedule/occurrence.h"

#include <catch2/catch.hpp>

#include "zones.h"

namespace muster::schedule {
namespace {

using namespace std::chrono_literals;

Trigger daily(Date first, std::chrono::seconds time) {
  Trigger trigger;
  trigger.first_day = first;
  trigger.time_of_day = time;
  return trigger;
}

std::vector<Moment> occurrences(const Trigger& trigger, Moment from, Moment to, const Zone& zone) {
  std::vector<Moment> all;
  for (auto next = occurrence_after(trigger, from, zone); next && *next < to;
       next = occurrence_after(trigger, *next, zone)) {
    all.push_back(*next);
  }
  return all;
}

TEST_CASE("a trigger that is wrong never occurs") {
  const Zone zone = TestZone("UTC0");
  Trigger trigger = daily(date(2026, 1, 1), 0s);
  trigger.every = 0;
  CHECK_FALSE(occurrence_after(trigger, utc(2026, 6, 1), zone));

  trigger = daily(date(2026, 1, 1), 0s);
  trigger.kind = Trigger::Kind::weekly;
  trigger.weekdays = 0;
  CHECK_FALSE(occurrence_after(trigger, utc(2026, 6, 1), zone));
  CHECK_FALSE(occurrence_until(trigger, utc(2026, 6, 1), zone));

  trigger.kind = Trigger::Kind::logon;
  trigger.weekdays = all_weekdays;
  CHECK_FALSE(occurrence_after(trigger, utc(2026, 6, 1), zone));
}

TEST_CASE("nothing occurs before the first day, and an enormous distance ends the search") {
  const Zone zone = TestZone("UTC0");
  Trigger trigger = daily(date(2026, 6, 8), 5min);
  CHECK(occurrence_after(trigger, utc(2026, 1, 1), zone) == utc(2026, 6, 8, 5min));
  CHECK_FALSE(occurrence_until(trigger, utc(2026, 6, 8, 4min), zone));
  CHECK(occurrence_until(trigger, utc(2026, 6, 8, 5min), zone) == utc(2026, 6, 8, 5min));

  trigger.every = 4'000'000'000;
  CHECK(occurrence_until(trigger, utc(2026, 6, 9), zone) == utc(2026, 6, 8, 5min));
  CHECK_FALSE(occurrence_after(trigger, utc(2026, 6, 9), zone));
}

TEST_CASE("a daily trigger keeps its local time when the clock is changed") {
  const Zone zone = TestZone(berlin);
  const Trigger trigger = daily(date(2026, 1, 1), 8h);
  CHECK(occurrence_after(trigger, utc(2027, 3, 27, 12h), zone) == utc(2027, 3, 28, 6h));
  CHECK(occurrence_after(trigger, utc(2027, 3, 26, 12h), zone) == utc(2027, 3, 27, 7h));
}

TEST_CASE("every third day counts from the first day") {
  const Zone zone = TestZone("UTC0");
  Trigger trigger = daily(date(2026, 6, 1), 1h);
  trigger.every = 3;
  CHECK(occurrences(trigger, utc(2026, 6, 2), utc(2026, 6, 9), zone) ==
        std::vector{utc(2026, 6, 4, 1h), utc(2026, 6, 7, 1h)});
  CHECK(occurrence_until(trigger, utc(2026, 6, 9, 23h), zone) == utc(2026, 6, 7, 1h));
}

TEST_CASE("a weekly trigger occurs on its weekdays, every second week from that of the first day on") {
  const Zone zone = TestZone("UTC0");
  Trigger trigger = daily(date(2026, 6, 3), 6h);  // a Wednesday
  trigger.kind = Trigger::Kind::weekly;
  trigger.every = 2;
  trigger.weekdays = 0b0010001;  // Monday and Friday
  CHECK(occurrences(trigger, utc(2026, 6, 1), utc(2026, 7, 1), zone) ==
        std::vector{utc(2026, 6, 5, 6h), utc(2026, 6, 15, 6h), utc(2026, 6, 19, 6h), utc(2026, 6, 29, 6h)});
}

TEST_CASE("repetitions are a period apart whatever the clock shows, and end with the duration") {
  const Zone zone = TestZone(berlin);
  Trigger trigger = daily(date(2026, 1, 1), 0s);
  trigger.repeat = 12h;  // as in the schedules of existing beacons
  trigger.duration = 24h;
  CHECK(occurrences(trigger, utc(2027, 3, 27, 20h), utc(2027, 3, 29, 0h), zone) ==
        std::vector{utc(2027, 3, 27, 23h), utc(2027, 3, 28, 11h), utc(2027, 3, 28, 22h)});

  trigger.duration = 12h;
  CHECK(occurrences(trigger, utc(2027, 5, 1), utc(2027, 5, 2), zone) == std::vector{utc(2027, 5, 1, 22h)});
}

TEST_CASE("repetitions that meet the next start are one occurrence, and those that outlast it go on") {
  const Zone zone = TestZone("UTC0");
  Trigger trigger = daily(date(2026, 1, 1), 0s);
  trigger.repeat = 10h;
  trigger.duration = 30h;
  CHECK(occurrences(trigger, utc(2026, 1, 1, 23h), utc(2026, 1, 3, 1h), zone) ==
        std::vector{utc(2026, 1, 2, 0h), utc(2026, 1, 2, 10h), utc(2026, 1, 2, 20h), utc(2026, 1, 3, 0h)});
  CHECK(occurrence_until(trigger, utc(2026, 1, 2, 15h), zone) == utc(2026, 1, 2, 10h));

  trigger.repeat = 18h;    // 0 h and 18 h of each day, and nothing else within 30 h
  trigger.duration = 37h;  // 36 h as well: noon of the next day
  CHECK(occurrences(trigger, utc(2026, 1, 2, 1h), utc(2026, 1, 3, 1h), zone) ==
        std::vector{utc(2026, 1, 2, 12h), utc(2026, 1, 2, 18h), utc(2026, 1, 3, 0h)});
  CHECK(occurrence_until(trigger, utc(2026, 1, 2, 13h), zone) == utc(2026, 1, 2, 12h));
}

}  // namespace
}  // namespace muster::schedule
