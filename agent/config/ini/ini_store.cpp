#include "agent/config/ini/ini_store.h"

#include <fmt/core.h>

#include <string>

#include "agent/config/ini/ini_edit.h"
#include "agent/config/section_name.h"
#include "platform/base/text.h"
#include "platform/config_file.h"
#include "platform/file.h"

namespace muster::config {
namespace {

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

// Of several changes of one value the last one counts.
std::optional<std::string> expected(const std::vector<Change>& changes, const Address& address) {
  std::optional<std::string> value;
  for (const Change& change : changes) {
    if (same_address(change.address, address)) value = change.value;
  }
  return value;
}

bool reads_back(const std::string& content, const std::filesystem::path& path, const std::vector<Change>& changes) {
  const auto parsed = parse_ini(content, path);
  if (!parsed) return false;
  for (const Change& change : changes) {
    if (value_in(*parsed, change.address) != expected(changes, change.address)) return false;
  }
  return true;
}

}  // namespace

RawPreferences raw(const IniFile& file) {
  RawPreferences result;
  result.exists = true;
  for (const IniSection& section : file.sections) {
    RawSection& read = result.sections.emplace_back();
    read.name = section.name;
    read.origin = origin_of(file.path, section.line);
    for (const IniKey& key : section.keys) {
      read.values.push_back({key.name, key.value, origin_of(file.path, key.line)});
    }
  }
  return result;
}

Result<RawPreferences> read_ini_store(const std::filesystem::path& path, bool must_exist) {
  const auto content = read_ini_text(path);
  if (!content) {
    if (!must_exist && platform::says_missing(content.error())) return RawPreferences{};
    return fail(content.error());
  }
  const auto parsed = parse_ini(*content, path);
  if (!parsed) return fail(parsed.error());
  return raw(*parsed);
}

Result<bool> change_ini_store(const std::filesystem::path& path, const std::vector<Change>& changes) {
  auto owned = platform::read_config_file(path, largest_ini_file);
  if (!owned) return fail(std::move(owned.error()));
  if (const auto parsed = parse_ini(owned->content, owned->target); !parsed) return fail(parsed.error());

  std::string content = owned->content;
  for (const Change& change : changes) {
    const auto& [section, name] = change.address;
    content = change.value ? with_value(content, section, name, *change.value) : without_value(content, section, name);
  }
  if (content == owned->content) return false;

  // Nothing is written that does not read back as it was meant.
  if (!reads_back(content, owned->target, changes)) {
    return fail(ErrorKind::failure,
                fmt::format("the changed {} would not read back as intended", owned->target.string()),
                "change the file by hand, and report this as a bug");
  }
  if (auto replaced = platform::replace_config_file(*owned, content); !replaced) {
    return fail(std::move(replaced.error()));
  }
  return true;
}

}  // namespace muster::config
