#include "agent/schedule/next_due.h"

#include <array>
#include <catch2/catch.hpp>

#include "zones.h"

namespace muster::schedule {
namespace {

using namespace std::chrono_literals;

const Moment noon = utc(2026, 6, 1, 12h);

DeviceState awake_since(Moment since, double share = 0.5) {
  DeviceState state;
  state.zone = [](Moment) { return 0s; };
  state.share = share;
  state.awake_since = since;
  state.in_force_since = since;
  return state;
}

Trigger every_morning() {
  Trigger trigger;
  trigger.first_day = date(2020, 1, 1);
  trigger.time_of_day = 5h;
  trigger.window = 2h;
  return trigger;
}

TEST_CASE("an event is due at this device's moment of its window") {
  const auto due = next_due(every_morning(), true, noon, utc(2026, 6, 1, 5h), awake_since(utc(2026, 5, 1), 0.25));
  REQUIRE(due);
  CHECK(due->at == utc(2026, 6, 2, 5h + 30min));
  CHECK(due->occurrence == utc(2026, 6, 2, 5h));
}

TEST_CASE("an occurrence that is done is not done again, also when the clock was put back") {
  const auto due =
      next_due(every_morning(), true, utc(2026, 6, 1, 4h), utc(2026, 6, 1, 5h), awake_since(utc(2026, 6, 1, 4h)));
  REQUIRE(due);
  CHECK(due->occurrence == utc(2026, 6, 2, 5h));
}

TEST_CASE("a device that wakes up inside the window does it in what is left of it") {
  const auto due = next_due(every_morning(), false, utc(2026, 6, 1, 6h + 50min), utc(2026, 5, 31, 5h),
                            awake_since(utc(2026, 6, 1, 6h + 50min)));
  REQUIRE(due);
  CHECK(due->occurrence == utc(2026, 6, 1, 5h));
  CHECK(due->at == utc(2026, 6, 1, 6h + 55min));
}

TEST_CASE("of several missed occurrences the last one is caught up, soon after waking up") {
  const auto due = next_due(every_morning(), true, noon, utc(2026, 5, 20, 5h), awake_since(noon));
  REQUIRE(due);
  CHECK(due->occurrence == utc(2026, 6, 1, 5h));
  CHECK(due->at == noon + 7min + 30s);
}

TEST_CASE("what is not caught up waits for the next occurrence") {
  const auto due = next_due(every_morning(), false, noon, utc(2026, 5, 20, 5h), awake_since(noon));
  REQUIRE(due);
  CHECK(due->occurrence == utc(2026, 6, 2, 5h));
}

TEST_CASE("later than its longest delay nothing is caught up") {
  Trigger trigger = every_morning();
  trigger.max_delay = 6h;
  CHECK(next_due(trigger, true, utc(2026, 6, 1, 10h), {}, awake_since(utc(2026, 6, 1, 10h)))->occurrence ==
        utc(2026, 6, 1, 5h));
  CHECK(next_due(trigger, true, noon, {}, awake_since(noon))->occurrence == utc(2026, 6, 2, 5h));
}

TEST_CASE("a fresh device does not wait for the next day") {
  const auto due = next_due(every_morning(), true, noon, {}, awake_since(noon));
  REQUIRE(due);
  CHECK(due->at <= noon + 15min);
}

TEST_CASE("a record from a clock that was years ahead stops nothing") {
  const auto due = next_due(every_morning(), true, noon, utc(2036, 6, 1, 5h), awake_since(noon));
  REQUIRE(due);
  CHECK(due->at <= noon + 15min);
}

TEST_CASE("a window ends where the next occurrence begins, so that none is skipped") {
  Trigger trigger = every_morning();
  trigger.time_of_day = 0h;
  trigger.repeat = 4h;
  trigger.duration = 24h;
  trigger.window = 24h;
  const auto due =
      next_due(trigger, true, utc(2026, 6, 1, 8h), utc(2026, 6, 1, 4h), awake_since(utc(2026, 5, 1), 0.75));
  REQUIRE(due);
  CHECK(due->occurrence == utc(2026, 6, 1, 8h));
  CHECK(due->at == utc(2026, 6, 1, 11h));
}

TEST_CASE("'once' is done once for a schedule, and again for the next one") {
  Trigger trigger;
  trigger.kind = Trigger::Kind::once;
  DeviceState state = awake_since(noon);
  CHECK(next_due(trigger, true, noon, {}, state)->at == noon);
  CHECK_FALSE(next_due(trigger, true, noon + 1h, noon, state));
  state.in_force_since = noon + 2h;
  CHECK(next_due(trigger, true, noon + 2h, noon, state)->occurrence == noon + 2h);
}

TEST_CASE("a network that comes and goes causes one run within the gap") {
  Trigger trigger;
  trigger.kind = Trigger::Kind::network_up;
  trigger.min_gap = 10min;
  DeviceState state = awake_since(noon);
  CHECK_FALSE(next_due(trigger, true, noon, {}, state));
  state.last_network_up = noon;
  CHECK(next_due(trigger, true, noon, {}, state)->occurrence == noon);
  state.last_network_up = noon + 9min;
  CHECK_FALSE(next_due(trigger, true, noon + 9min, noon, state));
  state.last_network_up = noon + 11min;
  CHECK(next_due(trigger, true, noon + 11min, noon, state)->occurrence == noon + 11min);
}

TEST_CASE("devices are spread evenly, and a device keeps its place") {
  std::array<int, 10> tenths{};
  for (int device = 0; device < 10'000; ++device) {
    const double share = spread_share("device-" + std::to_string(device), "inventory");
    REQUIRE(share >= 0);
    REQUIRE(share < 1);
    ++tenths.at(static_cast<std::size_t>(share * 10));
  }
  for (const int count : tenths) CHECK(std::abs(count - 1000) < 150);
  CHECK(spread_share("a", "inventory") == spread_share("a", "inventory"));
  CHECK(spread_share("a", "inventory") != spread_share("a", "status"));
}

TEST_CASE("the default schedule does each thing every day, and no two at one time") {
  std::vector<Moment> moments;
  for (const Event& event : default_schedule()) {
    const auto state = awake_since(utc(2026, 5, 1), spread_share("device", event.id));
    const auto due = next_due(event.triggers.front(), event.catch_up, noon, noon, state);
    REQUIRE(due);
    CHECK(due->at <= noon + 48h);
    CHECK(std::find(moments.begin(), moments.end(), due->at) == moments.end());
    moments.push_back(due->at);
  }
  CHECK(moments.size() == 6);
}

}  // namespace
}  // namespace muster::schedule
