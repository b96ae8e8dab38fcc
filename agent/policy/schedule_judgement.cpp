#include "agent/policy/schedule_judgement.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "agent/config/mistake.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

using schedule::Event;
using schedule::Trigger;

constexpr seconds day{86'400};
constexpr std::uint64_t max_occurrences = 500;  // a day
constexpr std::string_view reserved = "default-";

seconds period_of(const Trigger& trigger) {
  return day * static_cast<seconds::rep>(trigger.every) * (trigger.kind == Trigger::Kind::weekly ? 7 : 1);
}

Status judge_trigger(const Trigger& trigger, const std::string& path) {
  const bool repeats = trigger.repeat.count() != 0 || trigger.duration.count() != 0;
  if (trigger.every == 0) return refuse(path + ".every is 0");
  const auto too_often = [&](const char* member, seconds gap) {
    return refuse(fmt::format("{}.{} is {}: {} at least", path, member, gap.count(), shortest_gap.count()));
  };
  if (repeats && trigger.repeat < shortest_gap) return too_often("repeat_s", trigger.repeat);
  if (trigger.kind == Trigger::Kind::network_up && trigger.min_gap < shortest_gap) {
    return too_often("min_gap_s", trigger.min_gap);
  }

  if (trigger.duration > period_of(trigger)) {
    return refuse(path + ".duration_s is longer than the time to the next occurrence");
  }
  if (trigger.window > period_of(trigger)) {
    return refuse(path + ".window_s is longer than the time to the next occurrence");
  }
  return {};
}

// The first day is a local one: that makes a day's difference at most.
bool comes_regularly(const Event& event, WallTime now) {
  constexpr std::chrono::days longest{31};
  return std::any_of(event.triggers.begin(), event.triggers.end(), [&](const Trigger& trigger) {
    const bool recurs = trigger.kind == Trigger::Kind::daily || trigger.kind == Trigger::Kind::weekly;
    const auto starts = trigger.first_day.time_since_epoch();
    return recurs && period_of(trigger) <= longest && starts <= now.time_since_epoch() + longest;
  });
}

std::uint64_t occurrences_a_day(const Trigger& trigger) {
  if (trigger.kind == Trigger::Kind::network_up) return static_cast<std::uint64_t>(day / trigger.min_gap);
  if (trigger.repeat.count() <= 0) return 1;
  return 1 + static_cast<std::uint64_t>(std::min(trigger.duration, day) / trigger.repeat);
}

}  // namespace

Status judge_event(const Event& event, const std::string& path) {
  if (event.id.empty()) return refuse(path + ".id is empty");
  if (text::starts_with_ignoring_case(event.id, reserved)) {
    return refuse(
        fmt::format("{}.id '{}' begins with '{}', which is reserved", path, config::excerpt(event.id), reserved));
  }

  for (std::size_t trigger = 0; trigger < event.triggers.size(); ++trigger) {
    const std::string where = fmt::format("{}.triggers[{}]", path, trigger);
    if (auto judged = judge_trigger(event.triggers[trigger], where); !judged) return judged;
  }
  return {};
}

Status judge_schedule(const schedule::Schedule& schedule) {
  std::set<std::string> ids;
  std::uint64_t occurrences = 0;
  for (std::size_t index = 0; index < schedule.size(); ++index) {
    const Event& event = schedule[index];
    const std::string path = fmt::format("schedule[{}]", index);

    if (auto judged = judge_event(event, path); !judged) return judged;
    if (!ids.insert(event.id).second) {
      return refuse(fmt::format("{}.id '{}' is there twice", path, config::excerpt(event.id)));
    }
    for (const Trigger& trigger : event.triggers) occurrences += occurrences_a_day(trigger);
  }
  if (occurrences <= max_occurrences) return {};
  return refuse(fmt::format("schedule has more than {} occurrences a day", max_occurrences));
}

schedule::Schedule in_force(const std::optional<schedule::Schedule>& of_policy, WallTime now) {
  schedule::Schedule result = of_policy.value_or(schedule::Schedule());
  const std::size_t own = result.size();
  for (Event& event : schedule::default_schedule()) {
    const bool replaced =
        std::any_of(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(own),
                    [&](const Event& one) { return one.action == event.action && comes_regularly(one, now); });
    if (!replaced || event.action == schedule::Action::policy) result.push_back(std::move(event));
  }
  return result;
}

}  // namespace muster::policy
