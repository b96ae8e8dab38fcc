#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "agent/config/locations.h"
#include "agent/config/preferences.h"
#include "agent/config/protection.h"
#include "agent/config/section_name.h"
#include "agent/config/suspicious.h"
#include "agent/config/table/value_check.h"
#include "platform/base/text.h"
#include "ssl/credential_store.h"

namespace muster::config {
namespace {

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

// Accepted without effect on this system: those that choose a certificate act on a store alone.
bool is_idle(const Preference& preference) {
  if (preference.files_only && ssl::has_credential_store()) return true;
  const bool chooses_certificate = preference.name.starts_with("SSLClientCertificate");
  return !preference.no_effect.empty() && !(chooses_certificate && ssl::has_credential_store());
}

// A tab is a blank.
bool has_control(std::string_view value) {
  return std::any_of(value.begin(), value.end(), [](char c) { return text::is_control(c) && c != '\t'; });
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
                        last_of(section.overrides, preference.name) != nullptr ||
                        last_of(section.overlaid, preference.name) != nullptr;
      if (!here || !acts_in(preference, section.name)) continue;
      if (const auto value = get_in(section.name, preference.name)) add(section.name, preference, *value);
      set = true;
    }

    const bool is_for_other_systems = ssl::has_credential_store() && preference.files_only;
    if (set || is_for_other_systems || preference.place == Place::location) continue;
    const auto value = get_in(usual_section(preference), preference.name);
    add(usual_section(preference), preference, value ? *value : Value{"", "default", true, {}});
  }

  for (const Section& section : sections_) {
    if (kind_of_section(section.name) == SectionKind::unused) continue;
    for (const SetValue& value : section.overridden) {
      const Preference* const preference = find_preference(value.name);
      if (preference == nullptr || !acts_in(*preference, section.name)) continue;
      rows.push_back({section.name, std::string(preference->name), shown_value(*preference, value.text),
                      value.origin + ", overridden", std::string(preference->help)});
    }

    for (const SetValue& value : section.from_file) {
      const Preference* const preference = find_preference(value.name);
      if (preference != nullptr && acts_in(*preference, section.name)) continue;
      // The value of an unknown name may be a password under a mistyped name.
      rows.push_back({section.name, value.name, preference ? shown_value(*preference, value.text) : "(set)",
                      value.origin, preference ? "has no effect in this section" : "unknown to Muster"});
    }
  }

  std::stable_sort(rows.begin(), rows.end(), [this](const ListedValue& a, const ListedValue& b) {
    return place_in_list(a.section) < place_in_list(b.section);
  });
  return rows;
}

// Common first, then the components, then the locations, each section once.
std::pair<SectionKind, std::size_t> Preferences::place_in_list(const std::string& section) const {
  const Section* const found = find_section(section);
  const auto index = found == nullptr ? sections_.size() : static_cast<std::size_t>(found - sections_.data());
  return {kind_of_section(section), index};
}

void Preferences::remark_on(const Section& section, Remarks& remarks) const {
  for (const auto* const values : {&section.from_file, &section.overrides}) {
    for (const SetValue& value : *values) {
      const Preference* const preference = find_preference(value.name);
      if (preference == nullptr) {
        auto& lines = nearest_preference(value.name) ? remarks.warnings : remarks.unused;
        lines.push_back(fmt::format("{}: {}", value.origin, unknown_preference(value.name)));
        continue;
      }

      if (!acts_in(*preference, section.name)) {
        const std::string usual =
            preference->place == Place::location ? "a location" : fmt::format("[{}]", usual_section(*preference));
        remarks.warnings.push_back(fmt::format("{}: {} has no effect in [{}]; it belongs in {}", value.origin,
                                               preference->name, section.name, usual));
      } else if (is_idle(*preference) && !value.text.empty()) {
        remarks.unused.push_back(fmt::format("{}: {} is accepted without effect", value.origin, preference->name));
      }

      if (preference->type != ValueType::algorithms) continue;
      const auto domain = get(Component::select, "ComputerDomain");
      for (const std::string& idle : idle_algorithms(value.text, domain && !domain->text.empty())) {
        remarks.warnings.push_back(fmt::format("{}: {}", value.origin, idle));
      }
    }
  }
}

Preferences::Remarks Preferences::remarks() const {
  Remarks remarks;
  remarks.warnings = file_warnings_;

  for (const Section& section : sections_) {
    if (kind_of_section(section.name) != SectionKind::unused) {
      remark_on(section, remarks);
      continue;
    }

    if (meant_section(section.name)) continue;  // a warning of the file already
    if (const auto nearest = nearest_section(section.name)) {
      remarks.warnings.push_back(
          fmt::format("{}: unknown section [{}]; did you mean [{}]?", section.origin, section.name, *nearest));
      continue;
    }
    for (const SetValue& value : section.from_file) {
      remarks.unused.push_back(
          fmt::format("{}: {} in [{}] is not used by Muster", value.origin, excerpt(value.name), section.name));
    }
  }

  for (const SetValue& value : everywhere_) {
    const Preference* const preference = find_preference(value.name);
    if (preference == nullptr || !is_idle(*preference)) continue;
    remarks.unused.push_back(fmt::format("{}: {} is accepted without effect", value.origin, preference->name));
  }
  return remarks;
}

std::vector<std::string> Preferences::warnings() const {
  Remarks found = remarks();
  if (!found.unused.empty()) {
    const bool one = found.unused.size() == 1;
    found.warnings.push_back(fmt::format("{}: {} preference{} not used by Muster; see \"muster config check\"",
                                         file_.string(), found.unused.size(), one ? " is" : "s are"));
  }
  for (std::string& warning : protection_warnings(*this)) found.warnings.push_back(std::move(warning));
  return found.warnings;
}

std::vector<std::string> Preferences::all_warnings() const {
  Remarks found = remarks();
  found.warnings.insert(found.warnings.end(), found.unused.begin(), found.unused.end());
  for (std::string& warning : protection_warnings(*this)) found.warnings.push_back(std::move(warning));
  for (std::string& suspicion : suspicious_values(*this)) found.warnings.push_back(std::move(suspicion));
  return found.warnings;
}

}  // namespace muster::config
