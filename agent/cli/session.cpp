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
  session->settings_ = std::move(*settings);
  session->locations_ = std::move(*locations);
  if (session->settings_.identity) {
    auto identity = ssl::Identity::load(*session->settings_.identity, wall_now());
    if (!identity) return tl::unexpected(identity.error());
    session->identity_ = std::move(*identity);
  }
  auto trust = ssl::Trust::load(session->settings_.trust);
  if (!trust) return tl::unexpected(trust.error());
  session->loop_ = std::make_unique<transfer::Loop>(ssl::ClientContext(session->identity_, std::move(*trust)), nullptr);
  return session;
}

delivery::Circumstances Session::circumstances(std::string action) const {
  delivery::Circumstances circumstances;
  circumstances.action = std::move(action);
  circumstances.identity = identity_.get();
  circumstances.trust = &settings_.trust;
  circumstances.network_timeout = settings_.terms.network_timeout;
  return circumstances;
}

}  // namespace muster::cli
