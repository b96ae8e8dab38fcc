#include "agent/config/ini/ini_store.h"
#include "agent/config/preference_store.h"
#include "platform/host.h"

namespace muster::config {

std::filesystem::path default_store() { return platform::default_data_directory() / "etc/config.ini"; }

Result<RawPreferences> read_store(const std::filesystem::path& store, bool must_exist) {
  return read_ini_store(store, must_exist);
}

Result<bool> change_store(const std::filesystem::path& store, const std::vector<Change>& changes) {
  return change_ini_store(store, changes);
}

Status remove_empty_sections(const std::filesystem::path&, const std::vector<std::string>&) { return {}; }

}  // namespace muster::config
