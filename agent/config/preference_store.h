// Where preferences are kept: config.ini on UNIX, the registry on Windows, and the file of --config on both. Chosen at
// link time: ini/file_store.cpp or registry/registry_store.cpp.
#pragma once

#include <filesystem>
#include <vector>

#include "agent/config/raw_preferences.h"
#include "platform/base/result.h"

namespace muster::config {

// The place that this system uses where no other one is named; on Windows it is a key and no file.
std::filesystem::path default_store();

// `store`: that place, or a file in the grammar of config.ini. What cannot be read is an error of kind local_file,
// broken grammar or a value of a wrong type one of kind preference that lists every mistake. A missing store is an
// empty one, unless it must exist.
Result<RawPreferences> read_store(const std::filesystem::path& store, bool must_exist);

// Makes all changes or, where one of them fails, says which. False when everything was as it shall be: then nothing is
// written. The values have been judged.
Result<bool> change_store(const std::filesystem::path& store, const std::vector<Change>& changes);

// Removes the keys of these sections, and those above them, where nothing is left in them. A file keeps its headers.
Status remove_empty_sections(const std::filesystem::path& store, const std::vector<std::string>& sections);

}  // namespace muster::config
