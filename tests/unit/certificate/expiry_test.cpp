#include "agent/certificate/expiry.h"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::certificate;
using Catch::Matchers::Contains;
using std::chrono::hours;

TEST_CASE("An end is told from the warning days on") {
  const WallTime now{hours(24 * 20'000)};
  ssl::CertificateSummary leaf;
  const auto told = [&](int days, long warning_days) {
    leaf.not_after = now + hours(24 * days + 1);
    return expires_soon(leaf, "/c.pem", warning_days, now);
  };
  CHECK_FALSE(told(30, 30));
  REQUIRE(told(29, 30));
  CHECK_THAT(told(29, 30)->message, Contains("/c.pem ends in 29 days, on "));
  CHECK_THAT(told(1, 30)->message, Contains("ends in 1 day,"));
  CHECK_THAT(told(0, 30)->message, Contains("ends in 0 days,"));
  CHECK_THAT(told(-2, 30)->message, Contains("/c.pem ended on "));
  CHECK_FALSE(told(0, 0));
}

TEST_CASE("A reminder is due once a day, and when the clock was set back") {
  const WallTime now{hours(24 * 20'000)};
  DailyReminder reminder;
  CHECK(reminder.due(now));
  CHECK_FALSE(reminder.due(now + hours(23)));
  CHECK(reminder.due(now + hours(24)));
  CHECK_FALSE(reminder.due(now + hours(25)));
  CHECK(reminder.due(now));
}
