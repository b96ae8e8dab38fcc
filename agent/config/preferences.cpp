#include "agent/config/preferences.h"

#include <algorithm>

#include "agent/config/section_name.h"
#include "agent/config/substitution.h"
#include "agent/config/table/value_check.h"
#include "platform/base/text.h"
#include "platform/host.h"

namespace muster::config {

const Preferences::Section* Preferences::find_section(std::string_view name) const {
  const auto found = std::find_if(sections_.begin(), sections_.end(),
                                  [&](const Section& section) { return same_section(section.name, name); });
  return found == sections_.end() ? nullptr : &*found;
}

const Preferences::SetValue* Preferences::last_of(const std::vector<SetValue>& values, std::string_view name) {
  const auto found = std::find_if(values.rbegin(), values.rend(),
                                  [&](const SetValue& value) { return text::equal_ignoring_case(value.name, name); });
  return found == values.rend() ? nullptr : &*found;
}

const Preferences::SetValue* Preferences::acting(std::string_view section, std::string_view name) const {
  const Section* const found = find_section(section);
  if (found != nullptr) {
    if (const auto* value = last_of(found->overrides, name)) return value;
  }
  if (const auto* value = last_of(everywhere_, name)) return value;
  if (found == nullptr) return nullptr;
  const auto* const value = last_of(found->from_file, name);
  return value != nullptr ? value : last_of(found->overlaid, name);
}

void Preferences::lay_under(const Overlay& overlay) {
  for (const OverlayValue& value : overlay.values) {
    SetValue set{value.name, value.value, overlay.origin};
    if (value.section.empty()) {
      overlaid_.push_back(std::move(set));
    } else {
      section_named(value.section, overlay.origin).overlaid.push_back(std::move(set));
    }
  }
}

std::optional<Value> Preferences::get(Component component, std::string_view name) const {
  const Preference* const preference = find_preference(name);
  if (preference == nullptr || preference->place == Place::location) return std::nullopt;
  const auto& sections = sections_of(preference->place == Place::common ? Component::common : component);
  for (const std::string_view section : sections) {
    const SetValue* const value = acting(section, name);
    if (value == nullptr) continue;
    if (value->text.empty()) return fallback(*preference);
    return expanded(*preference, *value);
  }
  const SetValue* const overlaid = last_of(overlaid_, name);
  return overlaid == nullptr ? fallback(*preference) : expanded(*preference, *overlaid);
}

std::optional<Value> Preferences::get_in(std::string_view section, std::string_view name) const {
  const Preference* const preference = find_preference(name);
  if (preference == nullptr) return std::nullopt;
  const SetValue* value = acting(normal_section(section), name);
  if (value == nullptr && preference->place != Place::location) value = last_of(overlaid_, name);
  if (value == nullptr || value->text.empty()) return fallback(*preference);
  return expanded(*preference, *value);
}

std::vector<std::string> Preferences::location_sections(beacon::Direction direction) const {
  std::vector<std::string> names;
  for (const Section& section : sections_) {
    if (location_id(section.name, direction)) names.push_back(section.name);
  }
  return names;
}

Mistakes Preferences::duplicate_locations(beacon::Direction direction) const {
  Mistakes found;
  for (const Section& section : sections_) {
    if (location_id(section.name, direction)) {
      found.insert(found.end(), section.duplicates.begin(), section.duplicates.end());
    }
  }
  return found;
}

std::string Preferences::origin_of_section(std::string_view section) const {
  const Section* const found = find_section(section);
  return found == nullptr ? file_.string() : found->origin;
}

Value Preferences::expanded(const Preference& preference, const SetValue& set) const {
  if (preference.type == ValueType::secret) return {set.text, set.origin, false, {}};
  const bool nested = text::equal_ignoring_case(preference.name, "MachineId");
  Substituted result = substitute(set.text, [&](std::string_view name) { return variable(name, nested); });
  return {std::move(result.text), set.origin, false, std::move(result.unknown)};
}

std::optional<Value> Preferences::fallback(const Preference& preference) const {
  const std::string origin = "default";
  if (preference.name == "DataDirectory") return Value{data_directory_.string(), origin, true, {}};
  if (preference.name == "MachineId") return Value{platform::host_name(), origin, true, {}};
  if (preference.name == "LogFile") {
    const auto file = platform::default_log_file(data_directory_);
    return file.empty() ? std::nullopt : std::optional(Value{file.string(), origin, true, {}});
  }
  if (preference.fallback.empty()) return std::nullopt;
  Value value = expanded(preference, {std::string(preference.name), std::string(preference.fallback), origin});
  value.is_default = true;
  return value;
}

// `nested`: inside MachineId or DownloadRootURL, which cannot contain each other or themselves.
std::optional<std::string> Preferences::variable(std::string_view name, bool nested) const {
  if (text::equal_ignoring_case(name, "UserName")) return platform::user_name();
  if (text::equal_ignoring_case(name, "DataDirectory")) return data_directory_.string();
  if (nested) return std::nullopt;
  if (text::equal_ignoring_case(name, "MachineId")) {
    const auto machine = get(Component::common, "MachineId");
    if (!machine || !machine->unknown.empty()) return std::nullopt;
    return machine->text;
  }
  if (text::equal_ignoring_case(name, "DownloadRootURL")) return download_root();
  return std::nullopt;
}

std::optional<std::string> Preferences::download_root() const {
  const auto sections = location_sections(beacon::Direction::download);
  if (sections.empty()) return std::nullopt;

  std::vector<std::string> parts;
  for (const char* const name : {"Protocol", "Host", "Port", "Directory"}) {
    const SetValue* const value = acting(sections.front(), name);
    if (value == nullptr || value->text.empty()) return std::nullopt;
    Substituted part = substitute(value->text, [&](std::string_view inner) { return variable(inner, true); });
    if (!part.unknown.empty()) return std::nullopt;
    parts.push_back(std::move(part.text));
  }

  std::string_view directory = parts[3];
  while (directory.starts_with('/')) directory.remove_prefix(1);
  while (directory.ends_with('/')) directory.remove_suffix(1);
  return parts[0] + "://" + parts[1] + ":" + parts[2] + "/" + std::string(directory);
}

}  // namespace muster::config
