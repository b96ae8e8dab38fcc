#include <fmt/core.h>

#include <algorithm>

#include "agent/config/locations.h"
#include "agent/config/preferences.h"
#include "agent/config/protection.h"
#include "agent/config/section_name.h"
#include "agent/config/table/value_check.h"
#include "platform/base/text.h"

namespace muster::config {
namespace {

std::string_view usual_section(const Preference& preference) {
  return preference.place == Place::select ? section::net_selector : section::common;
}

bool acts_in(const Preference& preference, std::string_view section) {
  const SectionKind kind = kind_of_section(section);
  switch (preference.place) {
    case Place::location: return kind == SectionKind::location;
    case Place::common: return kind == SectionKind::common;
    case Place::select: return kind == SectionKind::common || same_section(section, section::net_selector);
    case Place::any: return kind == SectionKind::common || kind == SectionKind::component;
  }
  return false;
}

bool has_control(std::string_view value) {
  return std::any_of(value.begin(), value.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

}  // namespace

std::optional<Mistake> Preferences::judge(const Preference& preference, const SetValue& set) const {
  const Value value = expanded(preference, set);
  if (!value.unknown.empty()) {
    return Mistake{set.origin, fmt::format("{} refers to {}, which has no value", preference.name, value.unknown),
                   "use $(MachineId), $(UserName), $(DownloadRootURL) or $(DataDirectory)"};
  }
  if (has_control(value.text)) {
    return Mistake{set.origin, fmt::format("{} contains a control character", preference.name),
                   fmt::format("set {} to one line of text", preference.name)};
  }
  if (auto wrong = check_value(preference, value.text)) return Mistake{set.origin, wrong->text, wrong->remedy};
  return std::nullopt;
}

Mistakes Preferences::check() const {
  Mistakes mistakes;
  for (const Section& section : sections_) {
    const SectionKind kind = kind_of_section(section.name);
    if (kind != SectionKind::common && kind != SectionKind::component) continue;
    for (const SetValue& set : section.from_file) {
      const Preference* const preference = find_preference(set.name);
      if (preference == nullptr) continue;
      if (auto mistake = judge(*preference, set)) mistakes.push_back(std::move(*mistake));
    }
  }
  for (const auto direction : {beacon::Direction::upload, beacon::Direction::download}) {
    ReadLocations read = read_locations(*this, direction);
    for (Mistake& mistake : read.mistakes) mistakes.push_back(std::move(mistake));
    if (!read.locations.empty()) continue;
    for (Mistake& mistake : mistakes_of(read.unusable)) mistakes.push_back(std::move(mistake));
  }
  return mistakes;
}

std::vector<ListedValue> Preferences::list() const {
  std::vector<ListedValue> rows;
  auto add = [&](std::string_view section, const Preference& preference, const Value& value) {
    rows.push_back({std::string(section), std::string(preference.name), shown_value(preference, value.text),
                    value.origin, std::string(preference.help)});
  };
  for (const Preference& preference : preference_table()) {
    bool set = false;
    for (const Section& section : sections_) {
      const bool here = last_of(section.from_file, preference.name) != nullptr ||
                        last_of(section.overrides, preference.name) != nullptr;
      if (!here || !acts_in(preference, section.name)) continue;
      if (const auto value = get_in(section.name, preference.name)) add(section.name, preference, *value);
      set = true;
    }
    if (set || preference.place == Place::location) continue;
    const auto value = get_in(usual_section(preference), preference.name);
    add(usual_section(preference), preference, value ? *value : Value{"", "default", true, {}});
  }
  for (const Section& section : sections_) {
    if (kind_of_section(section.name) == SectionKind::unused) continue;
    for (const SetValue& value : section.from_file) {
      const Preference* const preference = find_preference(value.name);
      if (preference != nullptr && acts_in(*preference, section.name)) continue;
      // The value of an unknown name may be a password under a mistyped name.
      rows.push_back({section.name, value.name, preference ? shown_value(*preference, value.text) : "(set)",
                      value.origin, preference ? "does nothing in this section" : "unknown to Muster"});
    }
  }
  return rows;
}

void Preferences::warn_of(const Section& section, std::vector<std::string>& warnings,
                          std::vector<std::string>& without_effect) const {
  for (const auto* const values : {&section.from_file, &section.overrides}) {
    for (const SetValue& value : *values) {
      const Preference* const preference = find_preference(value.name);
      if (preference == nullptr) {
        warnings.push_back(fmt::format("{}: {}", value.origin, unknown_preference(value.name)));
      } else if (!acts_in(*preference, section.name)) {
        warnings.push_back(fmt::format("{}: {} does nothing in [{}]", value.origin, preference->name, section.name));
      } else if (!preference->no_effect.empty() && !value.text.empty()) {
        without_effect.push_back(fmt::format("{} ({})", preference->name, value.origin));
      }
      if (preference == nullptr || preference->type != ValueType::algorithms) continue;
      const auto domain = get(Component::select, "ComputerDomain");
      for (const std::string& idle : idle_algorithms(value.text, domain && !domain->text.empty())) {
        warnings.push_back(fmt::format("{}: {}", value.origin, idle));
      }
    }
  }
}

std::vector<std::string> Preferences::warnings() const {
  std::vector<std::string> warnings = repeated_;
  std::vector<std::string> without_effect;
  for (const Section& section : sections_) {
    if (kind_of_section(section.name) != SectionKind::unused) {
      warn_of(section, warnings, without_effect);
    } else if (const auto nearest = nearest_section(section.name)) {
      warnings.push_back(
          fmt::format("{}: unknown section [{}]; did you mean [{}]?", section.origin, section.name, *nearest));
    }
  }
  for (const SetValue& value : everywhere_) {
    const Preference* const preference = find_preference(value.name);
    if (preference != nullptr && !preference->no_effect.empty()) {
      without_effect.push_back(fmt::format("{} ({})", preference->name, value.origin));
    }
  }
  if (!without_effect.empty()) {
    std::string names;
    for (const std::string& name : without_effect) names += (names.empty() ? "" : ", ") + name;
    warnings.push_back("accepted, without effect in this version: " + names);
  }
  for (std::string& warning : protection_warnings(*this)) warnings.push_back(std::move(warning));
  return warnings;
}

}  // namespace muster::config
