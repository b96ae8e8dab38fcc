#include "agent/cli/open_session.h"

#include <utility>

#include "agent/policy/applied.h"
#include "platform/log.h"
#include "platform/terminal.h"

namespace muster::cli {

config::Sources sources_of(const GlobalOptions& options) {
  config::Sources sources;
  sources.file = options.config;
  sources.file_must_exist = !options.config.empty();
  sources.overrides = options.overrides;
  return sources;
}

Result<config::Preferences> load_preferences(const GlobalOptions& options) {
  auto preferences = policy::load_preferences(sources_of(options));
  if (preferences) {
    for (const std::string& warning : preferences->warnings()) log::warning(warning);
  }
  return preferences;
}

service::PasswordSource password_source(const GlobalOptions& options) {
  return [descriptor = options.key_password_fd](const std::filesystem::path& key) {
    return descriptor >= 0 ? platform::read_secret(descriptor)
                           : platform::ask_secret("Password of the private key " + key.string() + ": ");
  };
}

Result<std::unique_ptr<service::Session>> open_session(const GlobalOptions& options, beacon::Direction direction,
                                                       std::shared_ptr<const platform::Wakeup> wakeup) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  return service::Session::open(*preferences, direction, password_source(options), std::move(wakeup));
}

}  // namespace muster::cli
