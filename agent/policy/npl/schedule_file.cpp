#include "agent/policy/npl/schedule_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "agent/config/mistake.h"
#include "agent/policy/allow_list.h"
#include "agent/policy/document.h"
#include "agent/policy/schedule_judgement.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

using schedule::Action;
using schedule::Event;
using schedule::Trigger;

constexpr std::uint64_t max_every = 366;
constexpr std::uint64_t max_seconds = 366ULL * 86'400;

struct Command {
  std::string_view component;
  std::string_view action;
  Action means;
};

constexpr std::array commands = {
    Command{"Tracker", "Report", Action::inventory},
    Command{"PolicyClient", "Apply", Action::policy},
    Command{"Launcher", "Install", Action::package},
    Command{"Uploader", "Upload", Action::uploads},
};

struct Type {
  std::string_view word;
  Trigger::Kind kind;
};

constexpr std::array types = {
    Type{"Daily", Trigger::Kind::daily},
    Type{"Weekly", Trigger::Kind::weekly},
    Type{"Now", Trigger::Kind::once},
    Type{"OnConnect", Trigger::Kind::network_up},
};

// A problem of one trigger. The first one counts.
class TriggerReader {
 public:
  explicit TriggerReader(const XmlElement& element) : element_(element) {}

  const std::string& problem() const { return problem_; }

  Trigger read() {
    Trigger trigger;
    read_kind(trigger);
    trigger.first_day = date();
    trigger.time_of_day = time_of_day();
    trigger.window = span("TIMEWINDOW");
    trigger.max_delay = span("MAXDELAY");

    trigger.repeat = span("REPEAT");
    trigger.duration = span("DURATION");
    if (trigger.repeat.count() == 0 || trigger.duration.count() == 0) {
      trigger.repeat = trigger.duration = seconds(0);
    }
    return trigger;
  }

 private:
  void refuse_with(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  // "1" or "1,1".
  std::uint64_t parameter(std::size_t index, std::uint64_t most) {
    const auto parts = text::split_exactly(element_.attribute("TYPE_PARAM"), ',');
    if (index >= parts.size() || text::trim(parts[index]).empty()) return 0;
    const auto number = text::to_number(text::trim(parts[index]));
    if (number && *number <= most) return *number;
    refuse_with(fmt::format("TYPE_PARAM '{}' is out of range", config::excerpt(element_.attribute("TYPE_PARAM"))));
    return 0;
  }

  unsigned every() { return static_cast<unsigned>(std::max<std::uint64_t>(1, parameter(0, max_every))); }

  void read_kind(Trigger& trigger) {
    const std::string type = element_.attribute("TYPE");
    const auto* const found = std::find_if(types.begin(), types.end(),
                                           [&](const Type& one) { return text::equal_ignoring_case(type, one.word); });
    if (found == types.end()) {
      return refuse_with(fmt::format("Muster has no trigger of the type '{}'", config::excerpt(type)));
    }
    trigger.kind = found->kind;

    const bool is_weekly = trigger.kind == Trigger::Kind::weekly;
    if (is_weekly || trigger.kind == Trigger::Kind::daily) trigger.every = every();
    if (is_weekly) trigger.weekdays = weekdays();
    if (trigger.kind == Trigger::Kind::network_up) {
      trigger.min_gap = std::max(shortest_gap, seconds(static_cast<seconds::rep>(parameter(0, max_seconds))));
    }
  }

  // A mask in which bit 0 is Sunday, as in the Windows Task Scheduler; here bit 0 is Monday.
  schedule::Weekdays weekdays() {
    const std::uint64_t mask = parameter(1, schedule::all_weekdays);
    if (mask == 0) return schedule::all_weekdays;
    return static_cast<schedule::Weekdays>(mask >> 1U | (mask & 1U) << 6U);
  }

  seconds span(std::string_view name) {
    const std::string value = element_.attribute(name);
    if (value.empty()) return seconds(0);
    const auto number = text::to_number(value);
    if (number && *number <= max_seconds) return seconds(static_cast<seconds::rep>(*number));
    refuse_with(fmt::format("{} '{}' is no number of seconds up to a year", name, config::excerpt(value)));
    return seconds(0);
  }

  // "20200608"
  schedule::Date date() {
    const std::string value = element_.attribute("DATESTART");
    if (value.empty()) return {};
    const auto number = value.size() == 8 ? text::to_number(value) : std::nullopt;
    const auto digits = static_cast<unsigned>(number.value_or(0));
    const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(digits / 10'000)),
                                          std::chrono::month(digits / 100 % 100), std::chrono::day(digits % 100)};
    if (day.ok() && digits / 10'000 >= 1970 && digits / 10'000 <= 2100) return schedule::Date(day);
    refuse_with(fmt::format("DATESTART '{}' is no date such as 20200608", config::excerpt(value)));
    return {};
  }

  // "000500" is five minutes past midnight, local time.
  seconds time_of_day() {
    const std::string value = element_.attribute("TIMESTART");
    if (value.empty()) return seconds(0);
    const auto number = value.size() == 6 ? text::to_number(value) : std::nullopt;
    const auto digits = static_cast<seconds::rep>(number.value_or(999'999));
    if (digits / 10'000 <= 23 && digits / 100 % 100 <= 59 && digits % 100 <= 59) {
      return seconds((digits / 10'000 * 60 + digits / 100 % 100) * 60 + digits % 100);
    }
    refuse_with(fmt::format("TIMESTART '{}' is no time such as 000500", config::excerpt(value)));
    return seconds(0);
  }

  const XmlElement& element_;
  std::string problem_;
};

// At blanks that are outside double quotes, which are taken away.
std::vector<std::string> words_of(std::string_view parameters) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool has_word = false;
  const auto end_word = [&] {
    if (has_word) words.push_back(std::move(word));
    word.clear();
    has_word = false;
  };

  for (const char c : parameters) {
    const bool is_blank = c == ' ' || c == '\t';
    if (is_blank && !quoted) {
      end_word();
      continue;
    }

    has_word = true;
    if (c == '"') {
      quoted = !quoted;
    } else {
      word += c;
    }
  }
  end_word();
  return words;
}

// Why `-o NAME=VALUE` of an inventory has no effect; empty: it is what Muster does.
std::string why_option_not_used(const std::string& option) {
  const std::size_t equals = option.find('=');
  const std::string name = option.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : option.substr(equals + 1);
  if (text::equal_ignoring_case(name, "Upload")) {
    return text::equal_ignoring_case(value, "False") ? "" : "Muster uploads what is in the spool by itself";
  }
  if (auto reason = why_not_permitted(name, value)) return *reason;
  return "Muster sets no preference for a single event";
}

void report_parameters(const std::string& event, Action action, const std::vector<std::string>& words,
                       NotUsedList& not_used) {
  for (std::size_t index = 0; index < words.size(); ++index) {
    std::string word = words[index];
    if (action == Action::package && index == 0) continue;  // the address
    if (action == Action::uploads && word == "-a") continue;

    std::string reason = "Muster does not know this option";
    if (action == Action::inventory && word.starts_with("-o")) {
      const bool is_apart = word == "-o" && index + 1 < words.size();
      word = is_apart ? words[++index] : word.substr(2);
      reason = why_option_not_used(word);
    }
    if (!reason.empty()) not_used.push_back({fmt::format("option '{}' of {}", config::excerpt(word), event), reason});
  }
}

class EventReader {
 public:
  EventReader(const XmlElement& element, NotUsedList& not_used) : element_(element), not_used_(not_used) {
    event_.name = element.attribute("NAME");
    event_.id = element.attribute("ID");
    if (event_.id.empty()) event_.id = event_.name;
    if (event_.name.empty()) event_.name = event_.id;
    label_ = fmt::format("event '{}'", config::excerpt(event_.name));
  }

  // Nothing: it has no effect, which is among what is not used.
  Result<std::optional<Event>> read() {
    event_.catch_up = !text::equal_ignoring_case(element_.attribute("CATCHUP"), "Never");
    const std::string idle = element_.attribute("IDLEDURATION");
    if (!idle.empty() && text::to_number(idle) != 0U) report("IDLEDURATION", "Muster does not wait for an idle device");

    bool is_known = false;
    std::size_t triggers = 0;
    for (const XmlElement& child : element_.children) {
      if (child.is("LogicalCommand")) is_known = read_command(child);
      if (child.is("Trigger")) {
        read_trigger(child);
        ++triggers;
      }

      const bool is_other = !child.is("LogicalCommand") && !child.is("Trigger");
      if (is_other) report(fmt::format("element '{}'", config::excerpt(child.name)), "Muster does not know it");
    }
    if (triggers > max_triggers) return refuse(fmt::format("{} has more than {} triggers", label_, max_triggers));
    return finished(is_known);
  }

 private:
  void report(const std::string& what, std::string reason) {
    not_used_.push_back({what + " of " + label_, std::move(reason)});
  }

  bool read_command(const XmlElement& element) {
    const std::string component = element.attribute("COMPONENT");
    const std::string action = element.attribute("ACTION");
    const auto* const found = std::find_if(commands.begin(), commands.end(), [&](const Command& one) {
      return text::equal_ignoring_case(one.component, component) && text::equal_ignoring_case(one.action, action);
    });
    if (found == commands.end()) {
      unknown_ = fmt::format("Muster does not do '{}, {}'", config::excerpt(component), config::excerpt(action));
      return false;
    }

    event_.action = found->means;
    const auto words = words_of(element.attribute("PARAM"));
    if (found->means == Action::package) event_.argument = words.empty() ? "" : words.front();
    report_parameters(label_, found->means, words, not_used_);
    return true;
  }

  void read_trigger(const XmlElement& element) {
    TriggerReader reader(element);
    const Trigger trigger = reader.read();
    if (reader.problem().empty()) {
      event_.triggers.push_back(trigger);
    } else {
      report(fmt::format("trigger '{}'", config::excerpt(element.attribute("TYPE"))), reader.problem());
    }
  }

  std::optional<Event> finished(bool is_known) {
    std::string problem;
    if (!is_known) problem = unknown_.empty() ? "it has no command" : unknown_;
    if (problem.empty() && event_.triggers.empty()) problem = "it has no trigger that Muster has";
    if (problem.empty()) return std::move(event_);
    not_used_.push_back({label_, std::move(problem)});
    return std::nullopt;
  }

  const XmlElement& element_;
  NotUsedList& not_used_;
  Event event_;
  std::string label_;
  std::string unknown_;
};

}  // namespace

Status read_schedule_file(const XmlElement& root, Packages& packages) {
  if (!root.is("Schedule")) return refuse(fmt::format("it is no schedule but a '{}'", config::excerpt(root.name)));
  packages.has_schedule = true;
  std::size_t count = 0;

  for (const XmlElement& child : root.children) {
    if (!child.is("Event")) {
      const std::string what = fmt::format("element '{}' of a schedule", config::excerpt(child.name));
      packages.not_used.push_back({what, "Muster does not know it"});
      continue;
    }

    if (++count > max_events) return refuse(fmt::format("it has more than {} events", max_events));
    auto event = EventReader(child, packages.not_used).read();
    if (!event) return fail(event.error());
    if (*event) packages.events.push_back(std::move(**event));
  }
  return {};
}

}  // namespace muster::policy
