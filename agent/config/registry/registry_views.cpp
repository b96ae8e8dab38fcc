#include "agent/config/registry/registry_views.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/config/mistake.h"
#include "agent/config/section_name.h"
#include "agent/config/table/preference_table.h"
#include "platform/base/text.h"

namespace muster::config {
namespace {

using platform::RegistryKey;
using platform::RegistryValue;
using platform::RegistryView;

const RegistryKey* find_key(const std::vector<RegistryKey>& keys, std::string_view section) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const RegistryKey& key) { return same_section(key.path, section); });
  return found == keys.end() ? nullptr : &*found;
}

const RegistryValue* find_value(const RegistryKey* key, std::string_view name) {
  if (key == nullptr) return nullptr;
  const auto found = std::find_if(key->values.begin(), key->values.end(), [&](const RegistryValue& value) {
    return text::equal_ignoring_case(value.name, name);
  });
  return found == key->values.end() ? nullptr : &*found;
}

std::string origin_of(RegistryView view, const std::string& section) {
  const char* const root = view == RegistryView::bits_64 ? R"(HKLM\SOFTWARE\ManageSoft Corp)"
                                                         : R"(HKLM\SOFTWARE\WOW6432Node\ManageSoft Corp)";
  return fmt::format("{}\\{}", root, section);
}

// Other products and older agents keep values of all types below the same key.
bool is_read(const std::string& section, const std::string& name) {
  const SectionKind kind = kind_of_section(section);
  return kind != SectionKind::foreign && kind != SectionKind::unused && find_preference(name) != nullptr;
}

Mistake no_text(const RegistryValue& value, std::string origin) {
  if (value.length > platform::max_registry_text) {
    return {std::move(origin), fmt::format("{} has {} characters", value.name, value.length),
            fmt::format("set it to at most {}", platform::max_registry_text)};
  }
  return {std::move(origin), fmt::format("{} has the type {}", value.name, value.type), "set it as a string (REG_SZ)"};
}

void add_values(RawSection& section, const RegistryKey* key, RegistryView view, const RegistryKey* stronger,
                Mistakes& mistakes) {
  if (key == nullptr) return;
  for (const RegistryValue& value : key->values) {
    std::string origin = fmt::format("{}\\{}", origin_of(view, key->path), value.name);
    if (!value.text && is_read(key->path, value.name)) {
      mistakes.push_back(no_text(value, std::move(origin)));
      continue;
    }

    RawValue& read = section.values.emplace_back();
    read.name = value.name;
    read.text = text::trim(value.text.value_or(""));
    read.origin = std::move(origin);
    read.overridden = find_value(stronger, value.name) != nullptr;
  }
}

// A key is no section of its own where it only leads to others.
void add_section(RawPreferences& preferences, RawSection section) {
  if (!section.values.empty()) preferences.sections.push_back(std::move(section));
}

bool has_subkeys(const std::vector<RegistryKey>& keys, const RegistryKey& key) {
  return std::any_of(keys.begin(), keys.end(), [&](const RegistryKey& other) {
    return text::starts_with_ignoring_case(other.path, key.path + "\\");
  });
}

void unset(const Address& address, RegistryView view, const std::vector<RegistryKey>& keys,
           std::vector<RegistryStep>& steps) {
  const RegistryKey* const key = find_key(keys, address.section);
  if (find_value(key, address.name) == nullptr) return;
  const bool last = key->values.size() == 1 && !has_subkeys(keys, *key);
  const bool goes = last && kind_of_section(key->path) == SectionKind::location;
  steps.push_back({goes ? RegistryStep::Kind::remove_key : RegistryStep::Kind::remove_value, view, address.section,
                   goes ? std::string() : address.name});
}

void set(const Change& change, const RegistryViews& views, std::vector<RegistryStep>& steps) {
  const auto& [section, name] = change.address;
  const RegistryKey* const native = find_key(views.bits_64, section);
  const RegistryKey* const other = find_key(views.bits_32, section);
  const RegistryValue* const native_value = find_value(native, name);
  const RegistryValue* const acting = native_value != nullptr ? native_value : find_value(other, name);
  if (acting != nullptr && acting->type == "REG_SZ" && acting->text == change.value) return;

  const bool is_native = native_value != nullptr || (acting == nullptr && other == nullptr && native != nullptr);
  steps.push_back({RegistryStep::Kind::write, is_native ? RegistryView::bits_64 : RegistryView::bits_32, section, name,
                   *change.value});
}

}  // namespace

Result<RawPreferences> raw(const RegistryViews& views) {
  RawPreferences preferences;
  Mistakes mistakes;
  preferences.exists = !views.bits_64.empty() || !views.bits_32.empty();

  for (const RegistryKey& key : views.bits_64) {
    RawSection section{normal_section(key.path), origin_of(RegistryView::bits_64, key.path), {}};
    add_values(section, &key, RegistryView::bits_64, nullptr, mistakes);
    add_values(section, find_key(views.bits_32, key.path), RegistryView::bits_32, &key, mistakes);
    add_section(preferences, std::move(section));
  }
  for (const RegistryKey& key : views.bits_32) {
    if (find_key(views.bits_64, key.path) != nullptr) continue;
    RawSection section{normal_section(key.path), origin_of(RegistryView::bits_32, key.path), {}};
    add_values(section, &key, RegistryView::bits_32, nullptr, mistakes);
    add_section(preferences, std::move(section));
  }

  if (!mistakes.empty()) return fail(error_of(mistakes));
  return preferences;
}

std::vector<RegistryStep> steps_for(const std::vector<Change>& changes, const RegistryViews& views) {
  std::vector<RegistryStep> steps;
  for (auto change = changes.begin(); change != changes.end(); ++change) {
    // Of several changes of one value the last one counts.
    const auto later = std::find_if(std::next(change), changes.end(),
                                    [&](const Change& other) { return same_address(change->address, other.address); });
    if (later != changes.end()) continue;

    if (change->value) {
      set(*change, views, steps);
    } else {
      unset(change->address, RegistryView::bits_64, views.bits_64, steps);
      unset(change->address, RegistryView::bits_32, views.bits_32, steps);
    }
  }
  return steps;
}

}  // namespace muster::config
