#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/policy/application.h"
#include "agent/policy/schedule_json.h"
#include "agent/policy/schedule_judgement.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

using beacon::Direction;
using schedule::Trigger;

std::string in_words(const PolicyLocation& location) {
  std::string text =
      fmt::format("{}://{}:{}/{}", location.tls ? "https" : "http", location.host, location.port, location.directory);
  if (location.priority) text += fmt::format(" with priority {}", *location.priority);
  return text;
}

std::string when_in_words(const Trigger& trigger) {
  const seconds::rep at = trigger.time_of_day.count();
  const std::string time = fmt::format("at {:02}:{:02}", at / 3600, at / 60 % 60);
  switch (trigger.kind) {
    case Trigger::Kind::once: return "once";
    case Trigger::Kind::network_up:
      return fmt::format("when a network comes up, every {} s at most", trigger.min_gap.count());
    case Trigger::Kind::daily:
      return time + (trigger.every == 1 ? " daily" : fmt::format(" every {} days", trigger.every));
    case Trigger::Kind::weekly: break;
    case Trigger::Kind::logon: return "when a user logs on";
  }
  const bool each_day = trigger.weekdays == schedule::all_weekdays;
  const std::string days = each_day ? "" : fmt::format(" on {}", fmt::join(words_of(trigger.weekdays), ", "));
  return time + (trigger.every == 1 ? " weekly" : fmt::format(" every {} weeks", trigger.every)) + days;
}

std::string in_words(const Trigger& trigger) {
  std::string text = when_in_words(trigger);
  if (trigger.first_day != schedule::Date{}) text += fmt::format(" from {} on", text_of(trigger.first_day));
  if (trigger.repeat.count() > 0) {
    text += fmt::format(", repeated every {} s for {} s", trigger.repeat.count(), trigger.duration.count());
  }
  if (trigger.window.count() > 0) text += fmt::format(", within {} s", trigger.window.count());
  if (trigger.max_delay.count() > 0) text += fmt::format(", at most {} s late", trigger.max_delay.count());
  return text;
}

std::string in_words(const schedule::Event& event) {
  std::string text;
  for (const Trigger& trigger : event.triggers) text += (text.empty() ? "" : "; ") + in_words(trigger);
  if (!event.catch_up) text += ", never late";
  return text + fmt::format(" ({})", word_of(event.action));
}

// Each thing with its name and its words, in the order of the documents.
using Things = std::vector<std::pair<std::string, std::string>>;

Things things_of(const Document& document) {
  Things things;
  for (const Direction direction : {Direction::upload, Direction::download}) {
    for (const PolicyLocation& location : document.beacons.of(direction)) {
      things.emplace_back(fmt::format("{} location {}", beacon::name(direction), location.id), in_words(location));
    }
  }

  for (const PolicyPreference& preference : document.preferences)
    things.emplace_back(preference.name, preference.value);
  for (const schedule::Event& event : in_force(document.schedule, wall_now())) {
    things.emplace_back("event " + event.id, in_words(event));
  }

  if (!document.agent_version.empty()) things.emplace_back("agent version", document.agent_version);
  return things;
}

std::string find(const Things& things, const std::string& name) {
  const auto found = std::find_if(things.begin(), things.end(), [&](const auto& one) { return one.first == name; });
  return found == things.end() ? std::string() : found->second;
}

std::string note_on(const std::string& name, const InForce& in_force) {
  for (const HandLocation& location : in_force.by_hand.locations) {
    const std::string same = fmt::format("{} location {}", beacon::name(location.direction), location.id);
    if (text::equal_ignoring_case(name, same)) return "stays as it was set by hand";
  }
  if (config::find_preference(name) == nullptr) {
    return name == "agent version" ? "no other version is installed" : "";
  }
  const auto value = in_force.preferences.get(config::Component::download, name);
  if (!value || value->is_default || value->origin.starts_with("policy ")) return {};
  return fmt::format("stays {}, set by hand ({})", value->text, value->origin);
}

}  // namespace

std::vector<Change> changes_between(const Document& before, const Document& after, const InForce& in_force) {
  const Things old_things = things_of(before);
  const Things new_things = things_of(after);
  std::vector<Change> changes;
  for (const auto& [name, words] : new_things) {
    const std::string former = find(old_things, name);
    if (former != words) changes.push_back({name, former, words, note_on(name, in_force)});
  }
  for (const auto& [name, words] : old_things) {
    if (find(new_things, name).empty()) changes.push_back({name, words, "", note_on(name, in_force)});
  }
  return changes;
}

}  // namespace muster::policy
