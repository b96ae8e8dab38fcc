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
    return expires_soon(leaf, {"/c.pem", "/k.pem", {}}, warning_days, now);
  };
  CHECK_FALSE(told(30, 30));
  REQUIRE(told(29, 30));
  CHECK_THAT(told(29, 30)->message, Contains("/c.pem expires in 29 days (20"));
  CHECK_THAT(told(1, 30)->message, Contains("expires in 25 hours ("));
  CHECK_THAT(told(0, 30)->message, Contains("expires in 60 minutes ("));
  CHECK_THAT(told(-2, 30)->message, Contains("/c.pem expired 47 hours ago ("));
  CHECK_THAT(told(-9, 30)->message, Contains("/c.pem expired 8 days ago ("));
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
