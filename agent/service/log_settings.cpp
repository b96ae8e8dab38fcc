#include "agent/service/log_settings.h"

#include <utility>

#include "agent/config/settings.h"
#include "platform/log.h"
#include "platform/service_folder.h"

namespace muster::service {

void LogSettings::use(const config::Preferences& preferences) {
  if (level_from_preference_) log::set_level(config::log_level(preferences));
  use_file(preferences);

  std::vector<std::string> warnings = preferences.warnings();
  if (warnings != warned_) {
    for (const std::string& warning : warnings) log::warning(warning);
  }
  warned_ = std::move(warnings);
}

void LogSettings::use_file(const config::Preferences& preferences) {
  log::FileOutput output = config::log_file(preferences);
  if (output == file_) return;

  if (!output.file.empty()) static_cast<void>(platform::make_service_folder(output.file.parent_path()));
  if (auto used = log::use_file(output); !used) return log::error(used.error().line());
  file_ = std::move(output);
}

}  // namespace muster::service
