// A file in the grammar of config.ini as a place of preferences.
#pragma once

#include <filesystem>
#include <vector>

#include "agent/config/ini/ini_file.h"
#include "agent/config/raw_preferences.h"
#include "platform/base/result.h"

namespace muster::config {

RawPreferences raw(const IniFile& file);

// The contracts of preference_store.h.
Result<RawPreferences> read_ini_store(const std::filesystem::path& path, bool must_exist);
Result<bool> change_ini_store(const std::filesystem::path& path, const std::vector<Change>& changes);

}  // namespace muster::config
