// Ten simulated years in twelve zones, with sleep, restarts and clocks that are set: every event within its window, at
// most once for each occurrence, and none left out that need not be.
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "agent/schedule/next_due.h"
#include "zones.h"

namespace muster::schedule {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

struct Run {
  Moment at;
  Moment occurrence;
  Moment awake_since;
  seconds slept;  // until then, in all
};

// Which of the disturbances of a device's life happen.
struct Life {
  bool sleeps = false;
  bool clock_is_set = false;
};

class Device {
 public:
  Device(const Trigger& trigger, const Zone& zone, Life life, unsigned seed)
      : trigger_(trigger), life_(life), random_(seed) {
    state_.zone = zone;
    state_.share = spread_share("device-" + std::to_string(seed), "event");
  }

  std::vector<Run> live(Moment from, Moment to) {
    now_ = from;
    state_.awake_since = state_.in_force_since = from;
    while (now_ < to) {
      const auto due = next_due(trigger_, true, now_, last_, state_);
      REQUIRE(due);
      if (disturbed(due->at)) continue;
      now_ = std::max(now_, due->at);
      runs_.push_back({now_, due->occurrence, state_.awake_since, slept_});
      last_ = due->occurrence;
    }
    return runs_;
  }

 private:
  // Whether something happens before `due`: the device sleeps, is restarted, or its clock is set.
  bool disturbed(Moment due) {
    if (!life_.sleeps || due <= now_) return false;
    const auto kind = random_() % 20;
    if (kind > 3) return false;

    const seconds until(random_() % static_cast<std::uint64_t>((due - now_).count() + 1));
    now_ += until;
    const Moment asleep_since = now_;
    if (kind == 0) now_ += hours(random_() % 100);    // sleeps
    if (kind == 1) now_ += seconds(random_() % 300);  // is restarted
    slept_ += now_ - asleep_since;
    if (kind == 2 && life_.clock_is_set) now_ += hours(random_() % 20);
    if (kind == 3 && life_.clock_is_set) now_ -= seconds(random_() % 40'000);  // less than a day: the record counts
    state_.awake_since = now_;
    return true;
  }

  const Trigger& trigger_;
  Life life_;
  std::mt19937_64 random_;
  DeviceState state_;
  Moment now_;
  std::optional<Moment> last_;
  std::vector<Run> runs_;
  seconds slept_{0};
};

std::vector<Trigger> triggers() {
  Trigger once_a_day;  // the default inventory
  once_a_day.first_day = date(2020, 1, 1);
  once_a_day.window = days(1);

  Trigger early;  // the incumbent's policy: early each morning, within an hour
  early.first_day = date(2020, 6, 8);
  early.time_of_day = 5min;
  early.window = 1h;

  Trigger in_the_gap = early;  // where clocks are put forward
  in_the_gap.time_of_day = 2h + 30min;
  in_the_gap.window = 0s;

  Trigger twice_a_day = early;  // REPEAT 43200, DURATION 86400
  twice_a_day.repeat = 12h;
  twice_a_day.duration = 24h;
  twice_a_day.window = 30min;

  Trigger weekly = early;
  weekly.kind = Trigger::Kind::weekly;
  weekly.every = 2;
  weekly.weekdays = 0b0100100;  // Wednesday and Saturday
  weekly.window = 4h;
  return {once_a_day, early, in_the_gap, twice_a_day, weekly};
}

const Moment start = utc(2026, 1, 1, 30min);
const Moment end = utc(2036, 1, 1);

// Written from the calendar alone: whether an occurrence belongs to the trigger.
bool belongs(const Trigger& trigger, Moment occurrence, const Zone& zone) {
  for (seconds repetition{0}; repetition < std::max(trigger.duration, seconds(1));
       repetition += std::max(trigger.repeat, seconds(1))) {
    const Local shown = to_local(occurrence - repetition, zone);
    const Date day = std::chrono::floor<days>(shown);
    const seconds time = shown - day;
    const bool skipped = time - trigger.time_of_day == 1h || time - trigger.time_of_day == 30min;  // put forward
    if (time == trigger.time_of_day ||
        (skipped && zone(occurrence - repetition) != zone(occurrence - repetition - 3h))) {
      if (trigger.kind == Trigger::Kind::daily) return true;
      const std::chrono::weekday weekday(day);
      return weekday == std::chrono::Wednesday || weekday == std::chrono::Saturday;
    }
    if (trigger.repeat == 0s) break;
  }
  return false;
}

void check_runs(const Trigger& trigger, const std::vector<Run>& runs, const Zone& zone) {
  std::set<Moment> done;
  for (const Run& run : runs) {
    if (!done.insert(run.occurrence).second) FAIL("done twice");
    if (run.at < run.occurrence) FAIL("done before its time");
    if (!belongs(trigger, run.occurrence, zone)) FAIL("done without reason");

    // Late only where the device was not awake at its moment, and then soon after.
    const bool in_window = run.at <= run.occurrence + trigger.window;
    const bool caught_up = run.awake_since > run.occurrence && run.at <= run.awake_since + 15min;
    if (!in_window && !caught_up)
      FAIL("done outside its window: " << (run.at - run.occurrence).count() << " s late, awake for "
                                       << (run.at - run.awake_since).count() << " s");
  }
}

TEST_CASE("a device that is always awake does every occurrence of ten years once and in its window") {
  for (const char* const rule : twelve_zones) {
    const Zone zone = TestZone(rule);
    unsigned seed = 0;
    for (const Trigger& trigger : triggers()) {
      INFO(rule << ", trigger " << seed);
      const auto runs = Device(trigger, zone, {}, ++seed).live(start, end);
      check_runs(trigger, runs, zone);

      // One more at the start, which is caught up, and perhaps one less at the end.
      const std::size_t per_fortnight = trigger.kind == Trigger::Kind::weekly ? 2 : trigger.repeat > 0s ? 28 : 14;
      const std::size_t expected = 3652 * per_fortnight / 14;
      CHECK(runs.size() + 3 >= expected);
      CHECK(runs.size() <= expected + 3);
    }
  }
}

TEST_CASE("a device that sleeps, restarts and has its clock set does each occurrence at most once") {
  for (const char* const rule : twelve_zones) {
    const Zone zone = TestZone(rule);
    unsigned seed = 100;
    for (const Trigger& trigger : triggers()) {
      INFO(rule << ", trigger " << seed);
      const auto runs = Device(trigger, zone, {true, true}, ++seed).live(start, end);
      check_runs(trigger, runs, zone);
      CHECK(runs.size() > 150);
    }
  }
}

TEST_CASE("a device that sleeps leaves out only what a later occurrence has overtaken") {
  const Zone zone = TestZone(berlin);
  const Trigger trigger = triggers().front();
  const auto runs = Device(trigger, zone, {true, false}, 7).live(start, end);
  for (std::size_t index = 1; index < runs.size(); ++index) {
    const auto awake_between = runs[index].at - runs[index - 1].at - (runs[index].slept - runs[index - 1].slept);
    if (awake_between > days(2)) FAIL("awake for two days, and did nothing");
  }
}

}  // namespace
}  // namespace muster::schedule
