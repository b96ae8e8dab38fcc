#include <catch2/catch.hpp>

#include "zones.h"

namespace muster::schedule {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a local time that the clock skips is that long after the change") {
  const Zone zone = TestZone(berlin);
  // 2027-03-28: 02:00 becomes 03:00 (01:00 UTC).
  CHECK(to_moment(Local(date(2027, 3, 28)) + 1h + 59min, zone) == utc(2027, 3, 28, 59min));
  CHECK(to_moment(Local(date(2027, 3, 28)) + 2h + 30min, zone) == utc(2027, 3, 28, 1h + 30min));
  CHECK(to_moment(Local(date(2027, 3, 28)) + 3h + 30min, zone) == utc(2027, 3, 28, 1h + 30min));
}

TEST_CASE("a local time that the clock shows twice is the first of the two") {
  const Zone zone = TestZone(berlin);
  // 2027-10-31: 03:00 becomes 02:00 (01:00 UTC).
  CHECK(to_moment(Local(date(2027, 10, 31)) + 2h + 30min, zone) == utc(2027, 10, 31, 30min));
  CHECK(to_moment(Local(date(2027, 10, 31)) + 3h, zone) == utc(2027, 10, 31, 2h));
}

TEST_CASE("midnight that does not exist is the first moment of that day") {
  const Zone zone = TestZone("<-04>4<-03>,M10.1.0/0,M3.4.0/0");
  CHECK(to_moment(Local(date(2027, 10, 3)), zone) == utc(2027, 10, 3, 4h));
  CHECK(to_local(utc(2027, 10, 3, 4h), zone) == Local(date(2027, 10, 3)) + 1h);
}

TEST_CASE("every hour of ten years leads from UTC to local time and back, in every zone") {
  for (const char* const rule : twelve_zones) {
    const Zone zone = TestZone(rule);
    for (Moment moment = utc(2026, 1, 1); moment < utc(2036, 1, 1); moment += 1h) {
      const Moment back = to_moment(to_local(moment, zone), zone);
      // An hour that is shown twice leads to its first time.
      if (back != moment && to_local(back, zone) != to_local(moment, zone)) FAIL(rule);
    }
  }
}

}  // namespace
}  // namespace muster::schedule
