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

constexpr const char* text_type = "REG_SZ";

// Const or not, as the keys are.
template <class Keys>
auto find_key(Keys& keys, std::string_view section) -> decltype(keys.data()) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const RegistryKey& key) { return same_section(key.path, section); });
  return found == keys.end() ? nullptr : &*found;
}

template <class Key>
auto find_value(Key* key, std::string_view name) -> decltype(key->values.data()) {
  if (key == nullptr) return nullptr;
  const auto found = std::find_if(key->values.begin(), key->values.end(), [&](const RegistryValue& value) {
    return text::equal_ignoring_case(value.name, name);
  });
  return found == key->values.end() ? nullptr : &*found;
}

std::string origin_of(RegistryView view, const std::string& section) {
  return fmt::format("HKLM\\{}\\{}", view == RegistryView::bits_64 ? registry_root : registry_root_of_32_bits, section);
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

bool is_empty(const std::vector<RegistryKey>& keys, const RegistryKey& key) {
  const std::string below = key.path.empty() ? "" : key.path + "\\";
  return key.values.empty() && std::none_of(keys.begin(), keys.end(), [&](const RegistryKey& other) {
           return other.path.size() > below.size() && text::starts_with_ignoring_case(other.path, below);
         });
}

// Each step is made by what those before it leave.
class Plan {
 public:
  explicit Plan(const RegistryViews& views) : views_(views) {}

  void set(const Address& address, const std::string& value) {
    const RegistryView view = view_for(address);
    std::vector<RegistryKey>& keys = keys_of(view);
    RegistryKey* key = find_key(keys, address.section);
    RegistryValue* const there = find_value(key, address.name);
    if (there != nullptr && there->type == text_type && there->text == value) return;

    steps_.push_back({RegistryStep::Kind::write, view, address.section, address.name, value});
    if (key == nullptr) key = &keys.emplace_back(RegistryKey{address.section, {}});
    if (there == nullptr) key->values.emplace_back();
    RegistryValue& written = there == nullptr ? key->values.back() : *there;
    written = {address.name, text_type, value, value.size()};
  }

  void unset(const Address& address, RegistryView view) {
    std::vector<RegistryKey>& keys = keys_of(view);
    RegistryKey* const key = find_key(keys, address.section);
    RegistryValue* const value = find_value(key, address.name);
    if (value == nullptr) return;

    key->values.erase(key->values.begin() + (value - key->values.data()));
    if (kind_of_section(key->path) == SectionKind::location && is_empty(keys, *key)) {
      remove_key(view, address.section);
    } else {
      steps_.push_back({RegistryStep::Kind::remove_value, view, address.section, address.name});
    }
  }

  // From the section up to the root.
  void remove_empty(std::string section, RegistryView view) {
    for (;;) {
      const RegistryKey* const key = find_key(keys_of(view), section);
      if (key != nullptr && !is_empty(keys_of(view), *key)) return;
      if (key != nullptr) remove_key(view, section);
      if (section.empty()) return;
      const std::size_t end = section.rfind('\\');
      section.resize(end == std::string::npos ? 0 : end);
    }
  }

  std::vector<RegistryStep> steps() && { return std::move(steps_); }

 private:
  std::vector<RegistryKey>& keys_of(RegistryView view) {
    return view == RegistryView::bits_64 ? views_.bits_64 : views_.bits_32;
  }

  RegistryView view_for(const Address& address) {
    RegistryKey* const native = find_key(views_.bits_64, address.section);
    RegistryKey* const other = find_key(views_.bits_32, address.section);
    if (find_value(native, address.name) != nullptr) return RegistryView::bits_64;
    if (find_value(other, address.name) != nullptr) return RegistryView::bits_32;
    return native != nullptr && other == nullptr ? RegistryView::bits_64 : RegistryView::bits_32;
  }

  void remove_key(RegistryView view, const std::string& section) {
    steps_.push_back({RegistryStep::Kind::remove_key, view, section});
    std::vector<RegistryKey>& keys = keys_of(view);
    keys.erase(keys.begin() + (find_key(keys, section) - keys.data()));
  }

  RegistryViews views_;
  std::vector<RegistryStep> steps_;
};

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
  Plan plan(views);
  for (auto change = changes.begin(); change != changes.end(); ++change) {
    // Of several changes of one value the last one counts.
    const auto later = std::find_if(std::next(change), changes.end(),
                                    [&](const Change& other) { return same_address(change->address, other.address); });
    if (later != changes.end()) continue;

    if (change->value) {
      plan.set(change->address, *change->value);
    } else {
      plan.unset(change->address, RegistryView::bits_64);
      plan.unset(change->address, RegistryView::bits_32);
    }
  }
  return std::move(plan).steps();
}

std::vector<RegistryStep> steps_to_remove_empty(const std::vector<std::string>& sections, const RegistryViews& views) {
  Plan plan(views);
  for (const std::string& section : sections) {
    plan.remove_empty(section, RegistryView::bits_64);
    plan.remove_empty(section, RegistryView::bits_32);
  }
  return std::move(plan).steps();
}

}  // namespace muster::config
