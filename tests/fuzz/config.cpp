// A config.ini, as people and other programs write it.
#include <array>

#include "agent/config/ini/ini_edit.h"
#include "agent/config/ini/ini_file.h"
#include "agent/config/settings.h"
#include "platform/base/text.h"
#include "tests/fuzz/target.h"
#include "tests/unit/platform/scratch_folder.h"

namespace muster::fuzzing {
namespace {

const char* const section = "ManageSoft\\Common";
const char* const name = "MachineId";
const char* const value = "a value of its own";

void check_error(const Error& error) {
  const bool ours = error.kind == ErrorKind::preference || error.kind == ErrorKind::local_file;
  must(ours, "what is wrong with a file of preferences is an error of that kind");
  must(!error.message.empty() && error.line() == text::printable(error.line()), "an error is one printable line");
}

template <class T>
void check_result(const Result<T>& result) {
  if (!result) check_error(result.error());
}

void check_readers(const config::Preferences& preferences) {
  for (const auto component : {config::Component::upload, config::Component::download}) {
    check_result(config::transfer_settings(preferences, component));
    check_result(config::identity_files(preferences, component));
  }
  for (const auto direction : {beacon::Direction::upload, beacon::Direction::download}) {
    check_result(config::locations(preferences, direction));
  }
  static_cast<void>(config::log_level(preferences));
  static_cast<void>(config::machine_id(preferences));
}

void check_report(const config::Preferences& preferences) {
  static_cast<void>(preferences.check());
  for (const config::ListedValue& one : preferences.list()) must(!one.name.empty(), "what is listed has a name");
  for (const std::string& warning : preferences.warnings()) {
    must(warning.find('\n') == std::string::npos, "a warning is one line");
  }
}

using Values = std::vector<std::array<std::string, 3>>;

// All values in their order, but for those of the name that is changed.
Values other_values(const config::IniFile& file) {
  Values values;
  for (const auto& part : file.sections) {
    for (const auto& key : part.keys) {
      if (!text::equal_ignoring_case(key.name, name)) values.push_back({text::lower(part.name), key.name, key.value});
    }
  }
  return values;
}

// One value is set and taken away again: every other one stays.
void check_edit(std::string_view input, const config::IniFile& file) {
  const std::string with = config::with_value(input, section, name, value);
  const auto changed = config::parse_ini(with, "config.ini");
  must(changed.has_value(), "a file that was read can be read when a value was set in it");
  must(other_values(*changed) == other_values(file), "a change leaves every other value as it was");

  const auto without = config::parse_ini(config::without_value(with, section, name), "config.ini");
  must(without.has_value(), "a file that was read can be read when a value was taken out of it");
  must(other_values(*without) == other_values(file), "a removal leaves every other value as it was");
}

}  // namespace

void run_config(std::string_view input) {
  static const testing::ScratchFolder scratch;
  const auto path = scratch.write("config.ini", input);
  const auto file = config::parse_ini(input, path);
  if (file) check_edit(input, *file);
  if (!file) check_error(file.error());

  const auto preferences = config::Preferences::load({.file = path, .file_must_exist = true, .overrides = {}});
  if (!preferences) return check_error(preferences.error());
  check_report(*preferences);
  check_readers(*preferences);
}

}  // namespace muster::fuzzing
