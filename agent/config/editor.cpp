#include "agent/config/editor.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/config/ini/ini_edit.h"
#include "agent/config/ini/ini_file.h"
#include "agent/config/section_name.h"
#include "agent/config/substitution.h"
#include "agent/config/table/preference_table.h"
#include "agent/config/table/value_check.h"
#include "platform/base/text.h"
#include "platform/config_file.h"

namespace muster::config {
namespace {

// $(...) gets its value on the device that reads the file; here it only has to be known.
Substituted sample(std::string_view value) {
  return substitute(value, [](std::string_view name) -> std::optional<std::string> {
    if (text::equal_ignoring_case(name, "DataDirectory")) return "/data";
    for (const char* const known : {"MachineId", "UserName", "DownloadRootURL"}) {
      if (text::equal_ignoring_case(name, known)) return "x";
    }
    return std::nullopt;
  });
}

std::optional<WrongValue> check_new_value(const Preference* preference, const std::string& name,
                                          const std::string& value) {
  if (text::printable(value) != value) {
    return WrongValue{fmt::format("the value of {} contains a line break or control character", name),
                      "write it on one line"};
  }
  if (text::trim(value) != value) {
    return WrongValue{fmt::format("the value of {} has blanks at its ends, which would be lost", name),
                      "write it without them"};
  }

  if (preference == nullptr || preference->type == ValueType::secret) return std::nullopt;
  const Substituted substituted = sample(value);
  if (!substituted.unknown.empty()) {
    return WrongValue{fmt::format("{} refers to {}, which is unknown", name, substituted.unknown),
                      "use $(MachineId), $(UserName), $(DownloadRootURL) or $(DataDirectory)"};
  }
  return check_value(*preference, substituted.text);
}

// The last value of the name in the section, over all its headers.
std::optional<std::string> value_in(const IniFile& file, const Address& address) {
  std::optional<std::string> value;
  for (const IniSection& section : file.sections) {
    if (!same_section(section.name, address.section)) continue;
    for (const IniKey& key : section.keys) {
      if (text::equal_ignoring_case(key.name, address.name)) value = key.value;
    }
  }
  return value;
}

Error would_not_read_back(const platform::ConfigFile& file) {
  return {ErrorKind::failure, fmt::format("the changed {} would not read back as intended", file.target.string()),
          "change the file by hand, and report this as a bug"};
}

// Nothing is written that does not read back as it was meant.
Status replace_checked(const platform::ConfigFile& file, const std::string& content, const Address& address,
                       const std::optional<std::string>& expected) {
  const auto parsed = parse_ini(content, file.target);
  if (!parsed || value_in(*parsed, address) != expected) return fail(would_not_read_back(file));
  return platform::replace_config_file(file, content);
}

Status replace_merged(const platform::ConfigFile& file, const std::string& content, const IniFile& changes) {
  const auto parsed = parse_ini(content, file.target);
  if (!parsed) return fail(would_not_read_back(file));
  for (const IniSection& section : changes.sections) {
    if (kind_of_section(section.name) == SectionKind::foreign) continue;
    for (const IniKey& key : section.keys) {
      const Address address{section.name, key.name};
      if (value_in(*parsed, address) != value_in(changes, address)) return fail(would_not_read_back(file));
    }
  }
  return platform::replace_config_file(file, content);
}

// What a fragment would set; every wrong value in it is a mistake.
Result<Merged> plan_merge(const IniFile& changes) {
  Merged merged;
  Mistakes mistakes;
  for (const IniSection& section : changes.sections) {
    if (kind_of_section(section.name) == SectionKind::foreign) {
      merged.warnings.push_back(fmt::format("{}: [{}] belongs to another product; skipped",
                                            origin_of(changes.path, section.line), excerpt(section.name)));
      continue;
    }

    const bool read_here = kind_of_section(section.name) != SectionKind::unused;
    if (!read_here) {
      merged.warnings.push_back(
          fmt::format("{}: Muster does not read [{}]", origin_of(changes.path, section.line), excerpt(section.name)));
    }

    for (const IniKey& key : section.keys) {
      const std::string origin = origin_of(changes.path, key.line);
      const Preference* const preference = read_here ? find_preference(key.name) : nullptr;
      if (read_here && preference == nullptr) {
        merged.warnings.push_back(fmt::format("{}: {}", origin, unknown_preference(key.name)));
      }
      if (auto wrong = check_new_value(preference, key.name, key.value)) {
        mistakes.push_back({origin, std::move(wrong->text), std::move(wrong->remedy)});
      }
      ++merged.values;
    }
  }

  if (!mistakes.empty()) return fail(error_of(mistakes));
  return merged;
}

bool fits(const Preference& preference, std::string_view section) {
  const SectionKind kind = kind_of_section(section);
  if (preference.place == Place::location) return kind == SectionKind::location;
  if (kind == SectionKind::common) return true;
  if (preference.place == Place::select) return same_section(section, section::net_selector);
  return preference.place == Place::any && kind == SectionKind::component;
}

}  // namespace

Result<Address> address_of(std::string_view written) {
  const std::size_t slash = written.rfind('\\');
  const std::string_view name = text::trim(slash == std::string_view::npos ? written : written.substr(slash + 1));
  const Preference* const preference = find_preference(name);
  if (preference == nullptr) {
    return fail(ErrorKind::usage, unknown_preference(name), R"("muster config list" shows all names)");
  }

  Address address{"", std::string(preference->name)};
  if (slash != std::string_view::npos) {
    address.section = normal_section(written.substr(0, slash));
  } else if (preference->place == Place::location) {
    return fail(ErrorKind::usage, fmt::format("{} belongs to one location, and none is named", preference->name),
                fmt::format("write '{}\\NAME\\{}' with the name of the location", section::uploads, preference->name));
  } else {
    address.section = usual_section(*preference);
  }

  if (fits(*preference, address.section)) return address;
  const auto nearest = nearest_section(address.section);
  const std::string usual =
      std::string(usual_section(*preference)) + (preference->place == Place::location ? "\\NAME" : "");
  return fail(ErrorKind::usage, fmt::format("{} has no effect in [{}]", preference->name, excerpt(address.section)),
              fmt::format("use [{}]", nearest && fits(*preference, *nearest) ? *nearest : usual));
}

Status set_value(const std::filesystem::path& file, const Address& address, const std::string& value) {
  if (const auto wrong = check_new_value(find_preference(address.name), address.name, value)) {
    return fail(ErrorKind::preference, wrong->text, wrong->remedy);
  }
  auto owned = platform::read_config_file(file, largest_ini_file);
  if (!owned) return fail(as_unreadable(std::move(owned.error())));
  const auto parsed = parse_ini(owned->content, owned->target);
  if (!parsed) return fail(parsed.error());
  if (value_in(*parsed, address) == value) return {};
  return replace_checked(*owned, with_value(owned->content, address.section, address.name, value), address, value);
}

Result<bool> unset_value(const std::filesystem::path& file, const Address& address) {
  auto owned = platform::read_config_file(file, largest_ini_file);
  if (!owned) return fail(as_unreadable(std::move(owned.error())));
  const auto parsed = parse_ini(owned->content, owned->target);
  if (!parsed) return fail(parsed.error());
  if (!value_in(*parsed, address)) return false;
  const std::string content = without_value(owned->content, address.section, address.name);
  if (auto done = replace_checked(*owned, content, address, std::nullopt); !done) return fail(std::move(done.error()));
  return true;
}

Result<Merged> merge_file(const std::filesystem::path& file, const std::filesystem::path& fragment) {
  const auto text = read_ini_text(fragment);
  if (!text) return fail(text.error());
  return merge_text(file, *text, fragment);
}

Result<Merged> merge_text(const std::filesystem::path& file, const std::string& fragment,
                          const std::filesystem::path& origin) {
  const auto changes = parse_ini(fragment, origin);
  if (!changes) return fail(changes.error());

  auto merged = plan_merge(*changes);
  if (!merged) return fail(std::move(merged.error()));
  auto owned = platform::read_config_file(file, largest_ini_file);
  if (!owned) return fail(as_unreadable(std::move(owned.error())));
  if (const auto parsed = parse_ini(owned->content, owned->target); !parsed) return fail(parsed.error());

  std::string content = owned->content;
  for (const IniSection& section : changes->sections) {
    if (kind_of_section(section.name) == SectionKind::foreign) continue;
    for (const IniKey& key : section.keys) content = with_value(content, section.name, key.name, key.value);
  }

  if (content == owned->content) return merged;
  if (auto done = replace_merged(*owned, content, *changes); !done) return fail(std::move(done.error()));
  return merged;
}

}  // namespace muster::config
