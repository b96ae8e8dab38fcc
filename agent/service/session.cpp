#include "agent/service/session.h"

#include <utility>

namespace muster::service {
namespace {

// Asked once for all channels.
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

Result<std::unique_ptr<Session>> Session::open(const policy::InForce& in_force, beacon::Direction direction,
                                               const PasswordSource& password,
                                               std::shared_ptr<const platform::Wakeup> wakeup,
                                               Credentials credentials) {
  const config::Preferences& preferences = in_force.preferences;
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
  session->settings_.evidence.rules.read_only = credentials == Credentials::read_only;
  session->settings_.upload.early_answers =
      std::make_shared<delivery::EarlyAnswers>(session->data_directory_ / "state");
  session->locations_ = std::move(*locations);
  policy::put_trial_first(session->locations_, direction, in_force);
  session->proof_.emplace(session->data_directory_ / "state", in_force);

  if (session->settings_.identity && password) {
    session->settings_.identity->ask_key_password = remembered(password, session->settings_.identity->key);
  }
  if (wakeup) {
    if (auto usable = wakeup->usable(); !usable) return tl::unexpected(usable.error());
  }

  if (wakeup) session->notify_ = [wakeup = std::move(wakeup)] { wakeup->signal(); };
  session->channels_.emplace(session->settings_.identity, session->settings_.trust, session->settings_.evidence,
                             session->notify_, session->settings_.limiter);
  if (credentials != Credentials::awaited) {
    if (auto whole = session->channels_->current(wall_now()); !whole) return tl::unexpected(whole.error());
  }
  session->selector_.emplace(session->locations_, direction, std::move(*selection), wall_now());
  return session;
}

Result<std::shared_ptr<channel::Channel>> Session::channel() {
  auto channel = channels_->current(wall_now());
  if (channel) selector_->use_epoch((*channel)->number);
  return channel;
}

outbox::PassRules Session::drain_rules() const {
  outbox::PassRules rules;
  rules.options = settings_.transfer_options;
  rules.upload = settings_.upload;
  rules.retry = settings_.retry;
  rules.max_transfers = settings_.most_transfers;
  rules.trust = settings_.trust;
  rules.state = data_directory_ / "state";
  rules.notify = notify_;
  return rules;
}

delivery::FailureContext Session::failure_context(std::string action) const {
  delivery::FailureContext failure_context;
  failure_context.action = std::move(action);
  failure_context.identity = channels_->identity();
  failure_context.trust = &settings_.trust;
  failure_context.network_timeout = settings_.transfer_options.network_timeout;
  return failure_context;
}

}  // namespace muster::service
