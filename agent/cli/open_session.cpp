#include "agent/cli/open_session.h"

#include <utility>

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

Result<policy::InForce> load_in_force(const GlobalOptions& options) {
  auto loaded = policy::load_in_force(sources_of(options));
  if (loaded) {
    for (const std::string& warning : loaded->preferences.warnings()) log::warning(warning);
  }
  return loaded;
}

Result<config::Preferences> load_preferences(const GlobalOptions& options) {
  auto loaded = load_in_force(options);
  if (!loaded) return tl::unexpected(loaded.error());
  return std::move(loaded->preferences);
}

service::PasswordSource password_source(const GlobalOptions& options) {
  return [descriptor = options.key_password_fd](const std::filesystem::path& key) {
    return descriptor >= 0 ? platform::read_secret(descriptor)
                           : platform::ask_secret("Password of the private key " + key.string() + ": ");
  };
}

Result<std::unique_ptr<service::Session>> open_session(const GlobalOptions& options, beacon::Direction direction,
                                                       std::shared_ptr<const platform::Wakeup> wakeup) {
  const auto in_force = load_in_force(options);
  if (!in_force) return tl::unexpected(in_force.error());
  return service::Session::open(*in_force, direction, password_source(options), std::move(wakeup));
}

}  // namespace muster::cli
