#include <fmt/core.h>

#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/config/editor.h"
#include "agent/config/section_name.h"
#include "platform/base/counted.h"
#include "platform/base/text.h"
#include "platform/log.h"

namespace muster::cli {
namespace {

std::vector<PreferenceRow> rows_of(const config::Preferences& preferences) {
  std::vector<PreferenceRow> rows;
  for (const config::ListedValue& value : preferences.list()) {
    rows.push_back({value.section, value.name, value.value, value.origin});
  }
  return rows;
}

// "Section\Name", or "Name" in whatever section it is.
struct Wanted {
  std::string section;  // empty: any
  std::string name;
};

Wanted wanted_of(const std::string& typed) {
  const auto end = typed.rfind('\\');
  if (end == std::string::npos) return {"", typed};
  return {typed.substr(0, end), typed.substr(end + 1)};
}

Status print_rows(const GlobalOptions& options, const std::vector<PreferenceRow>& rows) {
  if (options.json) return print(json_of(rows));
  std::string text;
  std::string section;
  for (const PreferenceRow& row : rows) {
    if (row.section != section) text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", row.section);
    section = row.section;
    text += fmt::format("{} = {}  ({})\n", row.name, text::printable(row.value), row.origin);
  }
  return print(text);
}

// The file that is edited: --config, or the default one of the default data directory.
Result<std::filesystem::path> edited_file(const GlobalOptions& options) {
  if (!options.config.empty()) return std::filesystem::path(options.config);
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  return preferences->file();
}

// Without a location nothing can work; nullopt where there is one.
std::optional<Error> missing_locations(const config::Preferences& preferences) {
  for (const auto direction : {beacon::Direction::upload, beacon::Direction::download}) {
    if (!preferences.location_sections(direction).empty()) return std::nullopt;
  }
  const std::string file = preferences.file().string();
  if (!preferences.file_exists()) {
    return Error(ErrorKind::preference, fmt::format("{} does not exist", file),
                 "make it with muster config merge, or use --config");
  }
  return Error(ErrorKind::preference, fmt::format("no location is configured in {}", file),
               R"(add a section [ManageSoft\Common\UploadSettings\NAME] with Protocol, Host, Port and Directory)");
}

// The row of a preference that is not set anywhere: its default.
PreferenceRow default_row(const config::Preference& preference) {
  return {std::string(config::usual_section(preference)), std::string(preference.name),
          std::string(preference.fallback), "default"};
}

}  // namespace

Status config_list(const GlobalOptions& options) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  return print_rows(options, rows_of(*preferences));
}

Status config_get(const GlobalOptions& options, const ConfigGetArguments& arguments) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());

  const Wanted wanted = wanted_of(arguments.name);
  std::vector<PreferenceRow> found;
  for (PreferenceRow& row : rows_of(*preferences)) {
    const bool section_fits = wanted.section.empty() || text::equal_ignoring_case(row.section, wanted.section);
    if (section_fits && text::equal_ignoring_case(row.name, wanted.name)) found.push_back(std::move(row));
  }

  if (found.empty()) {
    const config::Preference* const known = config::find_preference(wanted.name);
    if (known == nullptr) {
      return fail(ErrorKind::usage, config::unknown_preference(wanted.name), R"("muster config list" shows all names)");
    }
    found.push_back(default_row(*known));
  }

  if (options.json) return print(json_of(found));
  std::string lines;
  for (const PreferenceRow& row : found) {
    if (found.size() > 1) lines += row.section + ": ";
    lines += fmt::format("{}  ({})\n", text::printable(row.value), row.origin);
  }
  return print(lines);
}

Status config_check(const GlobalOptions& options) {
  auto preferences = config::Preferences::load(sources_of(options));
  if (!preferences) return tl::unexpected(preferences.error());
  for (const std::string& warning : preferences->all_warnings()) log::warning(warning);

  std::vector<std::string> mistakes;
  for (const config::Mistake& mistake : preferences->check()) {
    mistakes.push_back(fmt::format("{}: {}; {}", mistake.origin, mistake.text, mistake.remedy));
  }
  if (const auto missing = missing_locations(*preferences)) mistakes.push_back(missing->line());

  if (mistakes.empty()) {
    return options.json ? print(json_of_mistakes(mistakes))
                        : print(fmt::format("{}: no mistakes\n", preferences->file().string()));
  }
  for (const std::string& mistake : mistakes) log::error(mistake);
  return fail(ErrorKind::preference,
              fmt::format("{}: {}", preferences->file().string(), text::counted(mistakes.size(), "mistake")),
              "correct what is named above");
}

Status config_set(const GlobalOptions& options, const ConfigSetArguments& arguments) {
  auto file = edited_file(options);
  if (!file) return tl::unexpected(file.error());
  auto address = config::address_of(arguments.name);
  if (!address) return tl::unexpected(address.error());
  return config::set_value(*file, *address, arguments.value);
}

Status config_unset(const GlobalOptions& options, const ConfigUnsetArguments& arguments) {
  auto file = edited_file(options);
  if (!file) return tl::unexpected(file.error());
  auto address = config::address_of(arguments.name);
  if (!address) return tl::unexpected(address.error());
  auto unset = config::unset_value(*file, *address);
  if (!unset) return tl::unexpected(unset.error());
  if (!*unset) log::warning(fmt::format("{} was not set in {}", arguments.name, file->string()));
  return {};
}

Status config_merge(const GlobalOptions& options, const ConfigMergeArguments& arguments) {
  auto file = edited_file(options);
  if (!file) return tl::unexpected(file.error());
  auto merged = config::merge_file(*file, arguments.file);
  if (!merged) return tl::unexpected(merged.error());
  for (const std::string& warning : merged->warnings) log::warning(warning);
  if (options.json) return print(json_of(MergedPreferences{file->string(), merged->values}));
  return print(
      fmt::format("{} set in {} from {}\n", text::counted(merged->values, "value"), file->string(), arguments.file));
}

}  // namespace muster::cli
