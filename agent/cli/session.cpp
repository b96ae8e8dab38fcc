#include "agent/cli/session.h"

#include "platform/log.h"

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
