#include "agent/config/editor.h"

#include <fmt/core.h>

#include "agent/config/ini/ini_file.h"
#include "agent/config/ini/ini_store.h"
#include "agent/config/preference_store.h"
#include "agent/config/section_name.h"
#include "agent/config/substitution.h"
#include "agent/config/table/preference_table.h"
#include "agent/config/table/value_check.h"
#include "platform/base/text.h"

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

// A value of a section that is not another product's.
void add_value(const RawSection& section, const RawValue& value, Fragment& fragment, Mistakes& mistakes) {
  const bool read_here = kind_of_section(section.name) != SectionKind::unused;
  const Preference* const preference = read_here ? find_preference(value.name) : nullptr;
  if (read_here && preference == nullptr) {
    fragment.warnings.push_back(fmt::format("{}: {}", value.origin, unknown_preference(value.name)));
  }
  if (auto wrong = check_new_value(preference, value.name, value.text)) {
    mistakes.push_back({value.origin, std::move(wrong->text), std::move(wrong->remedy)});
  }
  fragment.changes.push_back({{section.name, value.name}, value.text});
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

Status set_value(const std::filesystem::path& store, const Address& address, const std::string& value) {
  if (const auto wrong = check_new_value(find_preference(address.name), address.name, value)) {
    return fail(ErrorKind::preference, wrong->text, wrong->remedy);
  }
  if (auto set = change_store(store, {{address, value}}); !set) return fail(std::move(set.error()));
  return {};
}

Result<bool> unset_value(const std::filesystem::path& store, const Address& address) {
  return change_store(store, {{address, std::nullopt}});
}

Result<Merged> merge_file(const std::filesystem::path& store, const std::filesystem::path& fragment) {
  const auto text = read_ini_text(fragment);
  if (!text) return fail(text.error());
  return merge_text(store, *text, fragment);
}

Result<Fragment> read_fragment(const std::string& text, const std::filesystem::path& origin) {
  const auto parsed = parse_ini(text, origin);
  if (!parsed) return fail(parsed.error());

  Fragment fragment;
  Mistakes mistakes;
  for (const RawSection& section : raw(*parsed).sections) {
    const SectionKind kind = kind_of_section(section.name);
    if (kind == SectionKind::foreign) {
      fragment.warnings.push_back(
          fmt::format("{}: [{}] belongs to another product; skipped", section.origin, excerpt(section.name)));
      continue;
    }
    if (kind == SectionKind::unused) {
      fragment.warnings.push_back(fmt::format("{}: Muster does not read [{}]", section.origin, excerpt(section.name)));
    }

    for (const RawValue& value : section.values) add_value(section, value, fragment, mistakes);
  }

  if (!mistakes.empty()) return fail(error_of(mistakes));
  return fragment;
}

Result<Merged> merge_text(const std::filesystem::path& store, const std::string& fragment,
                          const std::filesystem::path& origin) {
  auto read = read_fragment(fragment, origin);
  if (!read) return fail(std::move(read.error()));
  if (auto changed = change_store(store, read->changes); !changed) return fail(std::move(changed.error()));
  return Merged{read->changes.size(), std::move(read->warnings)};
}

}  // namespace muster::config
