#include "agent/policy/schedule_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "agent/policy/document.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

using schedule::Action;
using schedule::Event;
using schedule::Trigger;

constexpr std::uint64_t max_every = 366;
constexpr std::uint64_t max_seconds = 366ULL * 86'400;
constexpr seconds usual_gap{3600};

struct ActionWord {
  std::string_view word;
  Action action;
};

// A JSON policy never names a package.
constexpr std::array actions = {
    ActionWord{"inventory", Action::inventory}, ActionWord{"discovery", Action::discovery},
    ActionWord{"uploads", Action::uploads},     ActionWord{"status", Action::status},
    ActionWord{"policy", Action::policy},       ActionWord{"certificates", Action::certificates},
};

struct KindWord {
  std::string_view word;
  Trigger::Kind kind;
};

constexpr std::array kinds = {KindWord{"daily", Trigger::Kind::daily}, KindWord{"weekly", Trigger::Kind::weekly},
                              KindWord{"once", Trigger::Kind::once}, KindWord{"network_up", Trigger::Kind::network_up}};

constexpr std::array<std::string_view, 7> weekday_words = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

Action read_action(JsonMembers& event) {
  event.require("action");
  const std::string word = event.text("action");
  const auto* const found =
      std::find_if(actions.begin(), actions.end(), [&](const ActionWord& one) { return one.word == word; });
  if (found != actions.end()) return found->action;
  event.refuse("action", "must be inventory, discovery, uploads, status, certificates or policy");
  return Action::policy;
}

Trigger::Kind read_kind(JsonMembers& trigger) {
  trigger.require("kind");
  const std::string word = trigger.text("kind");
  const auto* const found =
      std::find_if(kinds.begin(), kinds.end(), [&](const KindWord& one) { return one.word == word; });
  if (found != kinds.end()) return found->kind;
  trigger.refuse("kind", "must be daily, weekly, once or network_up");
  return Trigger::Kind::daily;
}

// "03:30" or "03:30:15".
seconds read_time(JsonMembers& trigger) {
  const std::string text = trigger.text("at");
  if (text.empty()) return seconds(0);
  std::vector<std::uint64_t> parts;
  bool good = true;
  for (const std::string& part : text::split_exactly(text, ':')) {
    const auto number = part.size() == 2 ? text::to_number(part) : std::nullopt;
    good = good && number.has_value();
    parts.push_back(number.value_or(0));
  }

  good = good && (parts.size() == 2 || parts.size() == 3);
  parts.resize(3);
  if (!good || parts[0] > 23 || parts[1] > 59 || parts[2] > 59) {
    trigger.refuse("at", "must be a time such as 03:30");
    return seconds(0);
  }
  return seconds(static_cast<seconds::rep>((parts[0] * 60 + parts[1]) * 60 + parts[2]));
}

// "2026-12-24".
schedule::Date read_date(JsonMembers& trigger) {
  const std::string text = trigger.text("first_day");
  if (text.empty()) return {};
  std::array<std::uint64_t, 3> numbers{};
  const auto parts = text::split_exactly(text, '-');
  for (std::size_t index = 0; index < numbers.size() && index < parts.size(); ++index) {
    numbers[index] = text::to_number(parts[index]).value_or(0);
  }

  const std::chrono::year_month_day date{
      std::chrono::year(static_cast<int>(std::min<std::uint64_t>(numbers[0], 9999))),
      std::chrono::month(static_cast<unsigned>(std::min<std::uint64_t>(numbers[1], 99))),
      std::chrono::day(static_cast<unsigned>(std::min<std::uint64_t>(numbers[2], 99)))};
  if (parts.size() == 3 && date.ok() && numbers[0] >= 1970 && numbers[0] <= 2100) return schedule::Date(date);
  trigger.refuse("first_day", "must be a date such as 2026-12-24");
  return {};
}

schedule::Weekdays read_weekdays(JsonMembers& trigger) {
  if (!trigger.has("weekdays")) return schedule::all_weekdays;
  schedule::Weekdays days = 0;
  trigger.each("weekdays", weekday_words.size(), [&](const JsonValue& value, const std::string&) {
    const auto* const found = std::find(weekday_words.begin(), weekday_words.end(), std::string_view(value.text));
    if (found == weekday_words.end()) return trigger.refuse("weekdays", "must be of mon, tue, wed, thu, fri, sat, sun");
    days = static_cast<schedule::Weekdays>(days | (1U << static_cast<unsigned>(found - weekday_words.begin())));
  });
  if (days == 0) trigger.refuse("weekdays", "has no day");
  return days;
}

seconds read_seconds(JsonMembers& trigger, std::string_view name, std::uint64_t least) {
  return seconds(static_cast<seconds::rep>(trigger.number(name, least, max_seconds, 0)));
}

Trigger read_trigger(const JsonValue& value, const std::string& path, Problem& problem) {
  JsonMembers members(value, path, problem);
  Trigger trigger;
  trigger.kind = read_kind(members);
  trigger.every = static_cast<unsigned>(members.number("every", 1, max_every, 1));
  trigger.weekdays = read_weekdays(members);
  trigger.first_day = read_date(members);
  trigger.time_of_day = read_time(members);

  trigger.repeat = read_seconds(members, "repeat_s", 1);
  trigger.duration = read_seconds(members, "duration_s", 1);
  trigger.window = read_seconds(members, "window_s", 0);
  trigger.max_delay = read_seconds(members, "max_delay_s", 0);
  trigger.min_gap = read_seconds(members, "min_gap_s", 1);
  if (trigger.kind == Trigger::Kind::network_up && !members.has("min_gap_s")) trigger.min_gap = usual_gap;
  if (members.has("repeat_s") != members.has("duration_s")) {
    members.refuse("repeat_s", "and duration_s belong together");
  }
  members.refuse_unknown();
  return trigger;
}

Event read_event(const JsonValue& value, const std::string& path, Problem& problem) {
  JsonMembers members(value, path, problem);
  Event event;
  members.require("id");
  members.require("triggers");
  event.id = members.text("id");
  event.name = members.text("name");
  event.action = read_action(members);
  event.catch_up = members.boolean("catch_up", true);
  if (event.name.empty()) event.name = event.id;

  members.each("triggers", max_triggers, [&](const JsonValue& trigger, const std::string& where) {
    event.triggers.push_back(read_trigger(trigger, where, problem));
  });
  if (event.triggers.empty()) members.refuse("triggers", "has no trigger");
  members.refuse_unknown();
  return event;
}

JsonValue count_of(seconds time) { return JsonValue::of(static_cast<std::uint64_t>(time.count())); }

JsonValue json_of(const Trigger& trigger) {
  const auto kind =
      std::find_if(kinds.begin(), kinds.end(), [&](const KindWord& one) { return one.kind == trigger.kind; });
  const seconds::rep at = trigger.time_of_day.count();
  JsonValue value = JsonValue::object();
  value.add("kind", JsonValue::of(kind == kinds.end() ? std::string_view("once") : kind->word));
  value.add("at", JsonValue::of(fmt::format("{:02}:{:02}:{:02}", at / 3600, at / 60 % 60, at % 60)));

  if (trigger.every != 1) value.add("every", JsonValue::of(std::uint64_t{trigger.every}));
  if (trigger.window.count() > 0) value.add("window_s", count_of(trigger.window));
  if (trigger.max_delay.count() > 0) value.add("max_delay_s", count_of(trigger.max_delay));
  if (trigger.min_gap.count() > 0) value.add("min_gap_s", count_of(trigger.min_gap));
  if (trigger.repeat.count() > 0) value.add("repeat_s", count_of(trigger.repeat));
  if (trigger.repeat.count() > 0) value.add("duration_s", count_of(trigger.duration));

  if (trigger.first_day != schedule::Date{}) value.add("first_day", JsonValue::of(text_of(trigger.first_day)));
  if (trigger.weekdays == schedule::all_weekdays) return value;
  JsonValue& weekdays = value.add("weekdays", JsonValue::array());
  for (const std::string_view day : words_of(trigger.weekdays)) weekdays.elements.push_back(JsonValue::of(day));
  return value;
}

}  // namespace

schedule::Schedule read_schedule(JsonMembers& whole, Problem& problem) {
  schedule::Schedule schedule;
  whole.each("schedule", max_events, [&](const JsonValue& value, const std::string& path) {
    schedule.push_back(read_event(value, path, problem));
  });
  return schedule;
}

std::string_view word_of(schedule::Action action) {
  const auto* const found =
      std::find_if(actions.begin(), actions.end(), [&](const ActionWord& one) { return one.action == action; });
  return found == actions.end() ? std::string_view("policy") : found->word;
}

std::vector<std::string_view> words_of(schedule::Weekdays weekdays) {
  std::vector<std::string_view> words;
  for (std::size_t day = 0; day < weekday_words.size(); ++day) {
    if ((weekdays & (1U << day)) != 0) words.push_back(weekday_words.at(day));
  }
  return words;
}

std::string text_of(schedule::Date date) {
  const std::chrono::year_month_day parts(date);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(parts.year()), static_cast<unsigned>(parts.month()),
                     static_cast<unsigned>(parts.day()));
}

JsonValue schedule_json(const schedule::Schedule& schedule) {
  JsonValue value = JsonValue::array();
  for (const Event& event : schedule) {
    JsonValue& entry = value.elements.emplace_back(JsonValue::object());
    entry.add("id", JsonValue::of(event.id));
    entry.add("name", JsonValue::of(event.name));
    entry.add("action", JsonValue::of(word_of(event.action)));
    entry.add("catch_up", JsonValue::of(event.catch_up));

    JsonValue& triggers = entry.add("triggers", JsonValue::array());
    for (const Trigger& trigger : event.triggers) triggers.elements.push_back(json_of(trigger));
  }
  return value;
}

}  // namespace muster::policy
