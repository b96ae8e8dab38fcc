#include "agent/service/session.h"

#include <utility>

namespace muster::service {
namespace {

// Asked once for all generations.
std::function<Result<Secret>()> remembered(const PasswordSource& password, const std::filesystem::path& key) {
  auto known = std::make_shared<Secret>();
  return [known, password, key]() -> Result<Secret> {
    if (known->empty()) {
      auto answer = password(key);
      if (!answer) return answer;
      *known = std::move(*answer);
    }
    return Secret(std::string(known->reveal()));
  };
}

}  // namespace

Result<std::unique_ptr<Session>> Session::open(const config::Preferences& preferences, beacon::Direction direction,
                                               const PasswordSource& password,
                                               std::shared_ptr<const platform::Wakeup> wakeup) {
  const auto component =
      direction == beacon::Direction::upload ? config::Component::upload : config::Component::download;
  auto settings = config::transfer_settings(preferences, component);
  if (!settings) return tl::unexpected(settings.error());
  auto locations = config::locations(preferences, direction);
  if (!locations) return tl::unexpected(locations.error());
  auto selection = config::selector_settings(preferences);
  if (!selection) return tl::unexpected(selection.error());

  std::unique_ptr<Session> session(new Session);
  session->data_directory_ = preferences.data_directory();
  session->settings_ = std::move(*settings);
  session->locations_ = std::move(*locations);
  if (session->settings_.identity && password) {
    session->settings_.identity->ask_key_password = remembered(password, session->settings_.identity->key);
  }
  if (wakeup) {
    if (auto usable = wakeup->usable(); !usable) return tl::unexpected(usable.error());
  }
  std::function<void()> notify;
  if (wakeup) notify = [wakeup = std::move(wakeup)] { wakeup->signal(); };
  session->generations_.emplace(session->settings_.identity, session->settings_.trust, session->settings_.evidence,
                                std::move(notify), session->settings_.pace);
  if (auto whole = session->generations_->current(wall_now()); !whole) return tl::unexpected(whole.error());
  session->selector_.emplace(session->locations_, direction, std::move(*selection), wall_now());
  return session;
}

Result<std::shared_ptr<delivery::Generation>> Session::generation() {
  auto generation = generations_->current(wall_now());
  if (generation) selector_->use_generation((*generation)->number);
  return generation;
}

delivery::DrainRules Session::drain_rules() const {
  return {settings_.terms,          settings_.upload, settings_.retry,
          settings_.most_transfers, settings_.trust,  data_directory_ / "state"};
}

delivery::Circumstances Session::circumstances(std::string action) const {
  delivery::Circumstances circumstances;
  circumstances.action = std::move(action);
  circumstances.identity = generations_->identity();
  circumstances.trust = &settings_.trust;
  circumstances.network_timeout = settings_.terms.network_timeout;
  return circumstances;
}

}  // namespace muster::service
