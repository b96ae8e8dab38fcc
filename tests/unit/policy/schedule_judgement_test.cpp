#include "agent/policy/schedule_judgement.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/policy/scene.h"

using namespace muster;
using namespace muster::policy;
using schedule::Action;

namespace {

std::string refusal_of_trigger(const std::string& members) {
  return refusal_of(R"("schedule": [{"id": "a", "action": "inventory", "triggers": [{"kind": "daily", )" + members +
                    "}]}]");
}

std::size_t count(const schedule::Schedule& schedule, Action action) {
  return static_cast<std::size_t>(std::count_if(schedule.begin(), schedule.end(),
                                                [&](const schedule::Event& event) { return event.action == action; }));
}

schedule::Event event_of(Action action) {
  schedule::Event event;
  event.id = "own";
  event.action = action;
  event.triggers.emplace_back();
  return event;
}

const WallTime now{std::chrono::hours(500'000)};

}  // namespace

TEST_CASE("A schedule of every 0 s, or of every second, is refused") {
  const std::string start = "schedule[0].triggers[0].";
  CHECK(refusal_of_trigger(R"("repeat_s": 0, "duration_s": 86400)") ==
        start + "repeat_s must be a whole number from 1 to 31622400");
  CHECK(refusal_of_trigger(R"("repeat_s": 1, "duration_s": 86400)") == start + "repeat_s is 1: 900 at least");
  CHECK(refusal_of_trigger(R"("repeat_s": 899, "duration_s": 86400)") == start + "repeat_s is 899: 900 at least");
  CHECK(refusal_of_trigger(R"("repeat_s": 900, "duration_s": 86400)").empty());
}

TEST_CASE("A network that comes and goes makes no work without end") {
  const auto refusal = [](const std::string& members) {
    return refusal_of(R"("schedule": [{"id": "a", "action": "policy", "triggers": [{"kind": "network_up")" + members +
                      "}]}]");
  };
  CHECK(refusal("").empty());
  CHECK(refusal(R"(, "min_gap_s": 900)").empty());
  CHECK(refusal(R"(, "min_gap_s": 899)") == "schedule[0].triggers[0].min_gap_s is 899: 900 at least");
  CHECK(refusal(R"(, "min_gap_s": 0)") ==
        "schedule[0].triggers[0].min_gap_s must be a whole number from 1 to 31622400");

  std::string many;
  for (int trigger = 0; trigger < 6; ++trigger) many += R"(, {"kind": "network_up", "min_gap_s": 900})";
  CHECK(refusal("}" + many.substr(0, many.size() - 1)) == "schedule has more than 500 occurrences a day");
}

TEST_CASE("A schedule read from elsewhere is held to the same bounds") {
  schedule::Event event = event_of(Action::inventory);
  event.triggers[0].duration = seconds(86'400);
  CHECK_FALSE(judge_schedule({event}));
  event.triggers[0].duration = seconds(0);
  event.triggers[0].every = 0;
  CHECK_FALSE(judge_schedule({event}));
  event.triggers[0].every = 1;
  CHECK(judge_schedule({event}));
}

TEST_CASE("Repetitions and windows end before the next occurrence") {
  CHECK(refusal_of_trigger(R"("repeat_s": 900, "duration_s": 86401)") ==
        "schedule[0].triggers[0].duration_s is longer than the time to the next occurrence");
  CHECK(refusal_of_trigger(R"("window_s": 86401)") ==
        "schedule[0].triggers[0].window_s is longer than the time to the next occurrence");
  CHECK(refusal_of_trigger(R"("window_s": 86401, "every": 2)").empty());
}

TEST_CASE("Many events that are each permitted are refused together") {
  std::string triggers;
  for (int number = 0; number < 6; ++number) {
    triggers += (number ? ", " : "") + std::string(R"({"kind": "daily", "repeat_s": 900, "duration_s": 86400})");
  }
  CHECK(refusal_of(R"("schedule": [{"id": "a", "action": "inventory", "triggers": [)" + triggers + "]}]") ==
        "schedule has more than 500 occurrences a day");
}

TEST_CASE("Ids of events are unique and not those of the default schedule") {
  const std::string event = R"("action": "status", "triggers": [{"kind": "daily"}]})";
  CHECK(refusal_of(R"("schedule": [{"id": "a", )" + event + R"(, {"id": "a", )" + event + "]") ==
        "schedule[1].id 'a' is there twice");
  CHECK(refusal_of(R"("schedule": [{"id": "default-status", )" + event + "]") ==
        "schedule[0].id 'default-status' begins with 'default-', which is reserved");
  CHECK(refusal_of(R"("schedule": [{"id": "", )" + event + "]") == "schedule[0].id is empty");
}

TEST_CASE("An event of an unknown action is refused, and so is the installation of a package") {
  for (const char* const action : {"package", "install", "shell", ""}) {
    CHECK(refusal_of(R"("schedule": [{"id": "a", "action": ")" + std::string(action) +
                     R"(", "triggers": [{"kind": "daily"}]}])") ==
          "schedule[0].action must be inventory, discovery, uploads, status, certificates or policy");
  }
}

TEST_CASE("A policy moves events and stops none") {
  const schedule::Schedule schedule = in_force(schedule::Schedule{event_of(Action::inventory)}, now);
  CHECK(count(schedule, Action::inventory) == 1);
  CHECK(schedule.front().id == "own");
  for (const Action action : {Action::uploads, Action::status, Action::certificates, Action::discovery}) {
    CHECK(count(schedule, action) == 1);
  }
  CHECK(in_force(schedule::Schedule(), now).size() == schedule::default_schedule().size());
}

TEST_CASE("An event that comes rarely, once, or in years takes no default away") {
  schedule::Event rarely = event_of(Action::inventory);
  rarely.triggers[0].every = 32;
  schedule::Event once = event_of(Action::inventory);
  once.triggers[0].kind = schedule::Trigger::Kind::once;
  schedule::Event in_years = event_of(Action::inventory);
  in_years.triggers[0].first_day = schedule::Date(std::chrono::days(40'000));
  schedule::Event never = event_of(Action::inventory);
  never.triggers.clear();
  for (const schedule::Event& event : {rarely, once, in_years, never}) {
    CHECK(count(in_force(schedule::Schedule{event}, now), Action::inventory) == 2);
  }

  schedule::Event soon = event_of(Action::inventory);
  soon.triggers[0].first_day = schedule::Date(std::chrono::floor<std::chrono::days>(now.time_since_epoch()));
  soon.triggers[0].every = 31;
  CHECK(count(in_force(schedule::Schedule{soon}, now), Action::inventory) == 1);
}

TEST_CASE("Whatever a policy says, policy is asked for daily") {
  schedule::Event rarely = event_of(Action::policy);
  rarely.triggers[0].every = 366;
  const schedule::Schedule schedule = in_force(schedule::Schedule{rarely}, now);
  CHECK(count(schedule, Action::policy) == 2);
  CHECK(count(in_force(std::nullopt, now), Action::policy) == 1);
}
