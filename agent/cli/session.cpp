#include "agent/cli/session.h"

#include "platform/log.h"
#include "platform/terminal.h"

namespace muster::cli {

Result<config::Preferences> load_preferences(const GlobalOptions& options) {
  config::Sources sources;
  sources.file = options.config;
  sources.file_must_exist = !options.config.empty();
  sources.overrides = options.overrides;
  auto preferences = config::Preferences::load(sources);
  if (preferences) {
    for (const std::string& warning : preferences->warnings()) log::warning(warning);
  }
  return preferences;
}

namespace {

// From --key-password-fd, or from a person at the terminal; asked once for all generations.
std::function<Result<Secret>()> password_source(const GlobalOptions& options, const std::filesystem::path& key) {
  auto known = std::make_shared<Secret>();
  return [known, descriptor = options.key_password_fd, key]() -> Result<Secret> {
    if (known->empty()) {
      auto answer = descriptor >= 0 ? platform::read_secret(descriptor)
                                    : platform::ask_secret("Password of the private key " + key.string() + ": ");
      if (!answer) return answer;
      *known = std::move(*answer);
    }
    return Secret(std::string(known->reveal()));
  };
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const GlobalOptions& options, beacon::Direction direction) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  const auto component =
      direction == beacon::Direction::upload ? config::Component::upload : config::Component::download;
  auto settings = config::transfer_settings(*preferences, component);
  if (!settings) return tl::unexpected(settings.error());
  auto locations = config::locations(*preferences, direction);
  if (!locations) return tl::unexpected(locations.error());

  std::unique_ptr<Session> session(new Session);
  session->state_directory_ = preferences->data_directory() / "state";
  session->settings_ = std::move(*settings);
  session->locations_ = std::move(*locations);
  if (session->settings_.identity) {
    session->settings_.identity->ask_key_password = password_source(options, session->settings_.identity->key);
  }
  session->generations_.emplace(session->settings_.identity, session->settings_.trust, nullptr);
  auto generation = session->generations_->current(wall_now());
  if (!generation) return tl::unexpected(generation.error());
  session->generation_ = std::move(*generation);
  return session;
}

transfer::Loop& Session::loop() {
  // Once there is a whole generation there always is one.
  if (auto generation = generations_->current(wall_now())) generation_ = std::move(*generation);
  return *generation_->loop;
}

delivery::Circumstances Session::circumstances(std::string action) const {
  delivery::Circumstances circumstances;
  circumstances.action = std::move(action);
  circumstances.identity = generation_->identity.get();
  circumstances.trust = &settings_.trust;
  circumstances.network_timeout = settings_.terms.network_timeout;
  return circumstances;
}

}  // namespace muster::cli
