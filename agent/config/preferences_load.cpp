#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "agent/config/preference_store.h"
#include "agent/config/preferences.h"
#include "agent/config/section_name.h"
#include "platform/base/text.h"
#include "platform/host.h"

namespace muster::config {
namespace {

constexpr char command_line[] = "-o";

struct Override {
  std::string section;  // empty: in every section
  std::string name;
  std::string value;
};

// Never quotes the value, which may be a password.
Result<Override> read_override(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  const std::string target(text::trim(std::string_view(argument).substr(0, equals)));
  if (equals == std::string::npos) {
    const std::string name = target.substr(0, target.find_first_of(" \t:"));
    const std::string shown = find_preference(name) == nullptr ? "-o" : "-o " + name;
    return fail(ErrorKind::usage, shown + " has no '='", "write -o NAME=VALUE");
  }

  const std::size_t slash = target.rfind('\\');
  Override result;
  result.name = text::trim(slash == std::string::npos ? target : target.substr(slash + 1));
  result.value = text::trim(std::string_view(argument).substr(equals + 1));
  const Preference* const preference = find_preference(result.name);
  if (preference == nullptr) {
    const std::string word = result.name.substr(0, result.name.find_first_of(" \t"));
    return fail(ErrorKind::usage, "-o: " + unknown_preference(word), R"("muster config list" shows all names)");
  }

  if (preference->type == ValueType::command) {
    return fail(ErrorKind::usage, fmt::format("-o: {} is taken from the configuration file alone", preference->name),
                "set it there as root");
  }

  if (slash == std::string::npos) return result;
  result.section = normal_section(target.substr(0, slash));

  const SectionKind kind = kind_of_section(result.section);
  if (kind == SectionKind::foreign || kind == SectionKind::unused) {
    const auto nearest = nearest_section(result.section);
    return fail(ErrorKind::usage, fmt::format("-o: unknown section '{}'", excerpt(result.section)),
                fmt::format("use {}", nearest ? *nearest : std::string(section::common)));
  }
  return result;
}

}  // namespace

Result<Preferences> Preferences::load(const Sources& sources) {
  Preferences preferences;
  preferences.file_ = sources.file.empty() ? default_store() : sources.file;
  auto read = read_store(preferences.file_, sources.file_must_exist);
  if (!read) return fail(std::move(read.error()));
  preferences.merge(*read);
  for (const std::string& argument : sources.overrides) {
    if (auto done = preferences.override_with(argument); !done) return fail(std::move(done.error()));
  }
  if (auto found = preferences.find_data_directory(); !found) return fail(std::move(found.error()));
  if (const Mistakes mistakes = preferences.check_overrides(); !mistakes.empty()) return fail(error_of(mistakes));
  return preferences;
}

Preferences::Section& Preferences::section_named(const std::string& name, const std::string& origin) {
  const auto found = std::find_if(sections_.begin(), sections_.end(),
                                  [&](const Section& section) { return same_section(section.name, name); });
  if (found != sections_.end()) return *found;
  return sections_.emplace_back(Section{name, origin, {}, {}, {}, {}, {}});
}

void Preferences::merge(const RawPreferences& raw) {
  exists_ = raw.exists;
  for (const RawSection& read : raw.sections) {
    const SectionKind kind = kind_of_section(read.name);
    const auto meant =
        kind == SectionKind::foreign || kind == SectionKind::unused ? meant_section(read.name) : std::nullopt;
    if (meant) {
      file_warnings_.push_back(
          fmt::format("{}: [{}] is not read; write [{}]", read.origin, excerpt(read.name), *meant));
    }
    if (kind == SectionKind::foreign) continue;

    Section& section = section_named(read.name, read.origin);
    const std::vector<SetValue> earlier = section.from_file;

    for (const RawValue& value : read.values) {
      if (value.overridden) {
        section.overridden.push_back({value.name, value.text, value.origin});
        continue;
      }

      const SetValue* const other = last_of(section.from_file, value.name);
      const SetValue* const under_other_header = last_of(earlier, value.name);
      if (kind == SectionKind::location && under_other_header != nullptr && under_other_header->text != value.text) {
        section.duplicates.push_back({value.origin,
                                      fmt::format("[{}] is there twice, with another {} (first: {})", section.name,
                                                  excerpt(value.name), under_other_header->origin),
                                      fmt::format("give one of the two locations [{}] another id", section.name)});
      } else if (other != nullptr && kind != SectionKind::unused) {
        file_warnings_.push_back(fmt::format("{}: {} is set twice in [{}] (also at {}); the last value is used",
                                             value.origin, excerpt(value.name), section.name, other->origin));
      }

      section.from_file.push_back({value.name, value.text, value.origin});
    }
  }
}

Status Preferences::override_with(const std::string& argument) {
  auto read = read_override(argument);
  if (!read) return fail(std::move(read.error()));
  SetValue value{read->name, read->value, command_line};
  if (read->section.empty()) {
    everywhere_.push_back(std::move(value));
  } else {
    section_named(read->section, command_line).overrides.push_back(std::move(value));
  }
  return {};
}

// Everything else may refer to it, so it refers to nothing.
Status Preferences::find_data_directory() {
  const SetValue* const set = acting(section::common, "DataDirectory");
  data_directory_ = platform::default_data_directory();
  if (set == nullptr || set->text.empty()) return {};
  data_directory_ = set->text;
  if (data_directory_.is_absolute() && set->text.find("$(") == std::string::npos) return {};
  return fail(error_of({{set->origin, fmt::format("DataDirectory is '{}', not an absolute path", excerpt(set->text)),
                         "set DataDirectory to an absolute path"}}));
}

Mistakes Preferences::check_overrides() const {
  Mistakes mistakes;
  auto check_all = [&](const std::vector<SetValue>& values) {
    for (const SetValue& value : values) {
      const Preference* const preference = find_preference(value.name);
      if (preference == nullptr) continue;
      if (auto mistake = judge(*preference, value)) mistakes.push_back(std::move(*mistake));
    }
  };
  check_all(everywhere_);
  for (const Section& section : sections_) check_all(section.overrides);
  return mistakes;
}

}  // namespace muster::config
