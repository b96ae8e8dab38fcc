// The agent's log as its preferences say: level and file, and what they warn of. One thread.
#pragma once

#include <string>
#include <vector>

#include "agent/config/preferences.h"
#include "platform/log_output.h"

namespace muster::service {

class LogSettings {
 public:
  explicit LogSettings(bool level_from_preference) : level_from_preference_(level_from_preference) {}

  // Warnings that were the same before are not logged again. Where the file cannot be used, logging goes on to standard
  // error.
  void use(const config::Preferences& preferences);

  void repeat_warnings() { warned_.clear(); }  // with the next use()

 private:
  void use_file(const config::Preferences& preferences);

  bool level_from_preference_;  // LogLevel; false: -v or -q was given
  log::FileOutput file_;
  std::vector<std::string> warned_;
};

}  // namespace muster::service
