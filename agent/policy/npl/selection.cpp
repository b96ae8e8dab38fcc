#include "agent/policy/npl/selection.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "agent/config/mistake.h"
#include "agent/config/section_name.h"
#include "agent/policy/allow_list.h"
#include "agent/policy/schedule_judgement.h"
#include "platform/base/text.h"
#include "platform/base/utf8.h"

namespace muster::policy {
namespace {

using beacon::Direction;

constexpr std::uint64_t max_port = 65'535;
constexpr std::uint64_t max_priority = 1'000'000;
constexpr unsigned http_port = 80;
constexpr std::array<std::string_view, 7> location_names = {"Protocol",     "Host",     "Port", "Directory",
                                                            "AutoPriority", "Priority", "Name"};

std::string label_of(const Setting& setting) {
  return fmt::format("setting {}\\{}", config::excerpt(setting.section), config::excerpt(setting.name));
}

// The settings of one location, the last value of each name.
struct RawLocation {
  Direction direction = Direction::upload;
  std::string id;
  std::vector<Setting> settings;

  std::string value(std::string_view name) const {
    const auto found = std::find_if(settings.rbegin(), settings.rend(),
                                    [&](const Setting& one) { return text::equal_ignoring_case(one.name, name); });
    return found == settings.rend() ? std::string() : std::string(text::trim(found->value));
  }
};

Result<PolicyLocation> location_from(const RawLocation& raw) {
  PolicyLocation location;
  location.id = raw.id;
  location.name = raw.value("Name");
  location.host = raw.value("Host");
  const std::string protocol = text::lower(raw.value("Protocol"));
  if (!protocol.empty() && protocol != "http" && protocol != "https") {
    return refuse(fmt::format("Muster does not have its Protocol '{}'", config::excerpt(protocol)));
  }
  location.tls = protocol != "http";

  const std::string port = raw.value("Port");
  const auto number = text::to_number(port);
  if (!port.empty() && (!number || *number == 0 || *number > max_port)) {
    return refuse(fmt::format("its Port '{}' is no port", config::excerpt(port)));
  }
  location.port = port.empty() ? (location.tls ? location.port : http_port) : static_cast<unsigned>(*number);

  location.directory = beacon::normal_directory(raw.value("Directory"));
  if (location.directory.empty()) {
    location.directory = raw.direction == Direction::upload ? "ManageSoftRL" : "ManageSoftDL";
  }
  const std::string priority = raw.value("Priority");
  if (text::equal_ignoring_case(priority, "invalid")) return refuse("its Priority is invalid");
  const auto place = text::to_number(priority);
  if (place && text::equal_ignoring_case(raw.value("AutoPriority"), "False")) {
    location.priority = static_cast<unsigned>(std::clamp<std::uint64_t>(*place, 1, max_priority));
  }
  return location;
}

// As the record of the applied policy has it: see JsonMembers::text().
bool is_plain(std::string_view value) {
  constexpr std::size_t max_text = 256;
  return value.size() <= max_text && text::is_utf8(value) && !text::has_control(value) &&
         value.find("$(") == std::string_view::npos;
}

constexpr char not_plain[] = "it is not UTF-8, or has more than 256 bytes, a control character or $(...)";

class Selection {
 public:
  Selection(Packages& packages, const ByHand& by_hand, const IsPublicSuffix& is_public_suffix)
      : packages_(packages), by_hand_(by_hand), is_public_suffix_(is_public_suffix) {}

  Document run() {
    for (const Setting& setting : packages_.settings) take(setting);
    for (const RawLocation& raw : locations_) take(raw);
    if (packages_.has_schedule) take_schedule();
    return std::move(document_);
  }

 private:
  void leave(std::string what, std::string reason) {
    packages_.not_used.push_back({std::move(what), std::move(reason)});
  }

  void take(const Setting& written) {
    Setting setting = written;
    setting.section = config::normal_section(setting.section);
    for (const Direction direction : {Direction::upload, Direction::download}) {
      const auto id = config::location_id(setting.section, direction);
      if (id) return take_of_location(direction, *id, setting);
    }

    if (!is_plain(setting.value)) return leave(label_of(setting), not_plain);
    const bool is_common = config::same_section(setting.section, config::section::common) ||
                           config::same_section(setting.section, config::section::net_selector);
    if (const auto reason = why_not_permitted(setting.name, setting.value)) return leave(label_of(setting), *reason);
    if (!is_common) return leave(label_of(setting), "a policy sets preferences for all steps alone, in Common");
    take_preference(setting);
  }

  void take_of_location(Direction direction, const std::string& id, const Setting& setting) {
    if (!is_plain(setting.value)) return leave(label_of(setting), not_plain);
    const bool is_known = std::any_of(location_names.begin(), location_names.end(), [&](std::string_view name) {
      return text::equal_ignoring_case(name, setting.name);
    });
    if (!is_known) {
      return leave(label_of(setting),
                   why_not_permitted(setting.name, setting.value).value_or("it is not part of a location"));
    }

    auto found = std::find_if(locations_.begin(), locations_.end(), [&](const RawLocation& one) {
      return one.direction == direction && text::equal_ignoring_case(one.id, id);
    });
    if (found == locations_.end()) found = locations_.insert(found, {direction, id, {}});
    found->settings.push_back(setting);
  }

  void take_preference(const Setting& setting) {
    auto& preferences = document_.preferences;
    const auto same = std::find_if(preferences.begin(), preferences.end(), [&](const PolicyPreference& one) {
      return text::equal_ignoring_case(one.name, setting.name);
    });
    if (same != preferences.end()) {
      same->value = setting.value;
    } else {
      preferences.push_back({std::string(config::find_preference(setting.name)->name), setting.value});
    }
  }

  void take(const RawLocation& raw) {
    const std::string what = fmt::format("{} location '{}'", beacon::name(raw.direction), config::excerpt(raw.id));
    const auto location = location_from(raw);
    if (!location) return leave(what, location.error().message);
    if (auto judged = judge_location(*location, by_hand_, is_public_suffix_); !judged) {
      return leave(what, judged.error().message);
    }

    auto& list = raw.direction == Direction::upload ? document_.beacons.upload : document_.beacons.download;
    if (list.size() == max_locations) return leave(what, fmt::format("there are {} already", max_locations));
    list.push_back(*location);
  }

  void take_schedule() {
    schedule::Schedule& events = document_.schedule.emplace();
    for (const schedule::Event& event : packages_.events) {
      const std::string what = fmt::format("event '{}'", config::excerpt(event.name));
      const bool is_there =
          std::any_of(events.begin(), events.end(), [&](const schedule::Event& one) { return one.id == event.id; });

      if (!is_plain(event.id + event.name)) {
        leave(what, not_plain);
      } else if (auto judged = judge_event(event, "event"); !judged) {
        leave(what, judged.error().message);
      } else if (is_there) {
        leave(what, "another event has its ID");
      } else if (events.size() == max_events) {
        leave(what, fmt::format("there are {} already", max_events));
      } else {
        events.push_back(event);
      }
    }
  }

  Packages& packages_;
  const ByHand& by_hand_;
  const IsPublicSuffix& is_public_suffix_;
  std::vector<RawLocation> locations_;
  Document document_;
};

}  // namespace

Document permitted_document(Packages& packages, const ByHand& by_hand, const IsPublicSuffix& is_public_suffix) {
  return Selection(packages, by_hand, is_public_suffix).run();
}

}  // namespace muster::policy
