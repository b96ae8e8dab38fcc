#include "agent/service/agent.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/config/preference_watch.h"
#include "agent/policy/applied.h"
#include "agent/service/duties.h"
#include "agent/service/log_settings.h"
#include "agent/service/network_changes.h"
#include "agent/service/policy_task.h"
#include "agent/service/task.h"
#include "agent/service/update_task.h"
#include "agent/service/uploads.h"
#include "agent/service/watchdog.h"
#include "platform/base/counted.h"
#include "platform/base/timer_set.h"
#include "platform/base/version.h"
#include "platform/event_log.h"
#include "platform/instance_lock.h"
#include "platform/log.h"
#include "platform/service_folder.h"
#include "platform/service_host.h"
#include "platform/signals.h"

namespace muster::service {
namespace {

constexpr seconds grace{20};                       // the unit file allows ten more
constexpr std::chrono::minutes between_checks{5};  // whether a certificate has become valid meanwhile

platform::Event event_of(ErrorKind kind) {
  if (kind == ErrorKind::preference) return platform::Event::wrong_preferences;
  return kind == ErrorKind::identity ? platform::Event::certificate : platform::Event::failed;
}

bool may_mend_itself(ErrorKind kind) { return kind == ErrorKind::identity || kind == ErrorKind::untrusted_server; }

class Agent {
 public:
  Agent(const AgentOptions& options, platform::Signals signals)
      : options_(options),
        signals_(std::move(signals)),
        wakeup_(std::make_shared<platform::Wakeup>()),
        log_settings_(options.level_from_preference) {}

  Status start();
  void run();

 private:
  Status open();
  Result<policy::InForce> load();
  void wait_for(const Error& error);
  Status use_pending();
  Status add_tasks();
  void check_repairs(SteadyTime now);
  Status take_up(const policy::InForce& in_force);
  void reload();
  void take_policy(bool on_trial);
  bool read_again();  // false: what is wrong is waited for
  std::string situation(const char* what, const config::Preferences& preferences) const;
  void take_signals();
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const;
  std::size_t in_flight() const;
  std::string status() const;
  void tell_status();
  void tell_cut_off() const;

  // By the present preferences; its certificate, key or trust is not whole yet.
  struct Pending {
    std::unique_ptr<Session> session;
    std::optional<SteadyTime> check_at;  // whether they have become valid
  };

  const AgentOptions& options_;
  platform::Signals signals_;
  std::shared_ptr<const platform::Wakeup> wakeup_;
  std::filesystem::path data_;  // for the life of the agent
  std::optional<platform::InstanceLock> lock_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Uploads* uploads_ = nullptr;  // one of them
  std::unique_ptr<Duties> duties_;

  // The preferences in force, and what keeps others from being in force.
  LogSettings log_settings_;
  std::optional<Pending> pending_;
  std::optional<config::PreferenceWatch> preferences_watch_;  // while they are wrong
  std::string waiting_for_;      // why there is no session, or none by the present preferences
  bool policy_changed_ = false;  // and not taken up yet

  std::optional<SteadyTime> stop_at_;  // it was asked to stop: then at the latest
  std::string shown_status_;
};

bool same_folder(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::error_code problem;
  return one == other || std::filesystem::equivalent(one, other, problem);
}

Result<policy::InForce> Agent::load() {
  auto loaded = policy::load_in_force(options_.sources);
  if (!loaded) return loaded;

  const config::Preferences& preferences = loaded->preferences;
  const auto data = preferences.data_directory();
  if (lock_ && !same_folder(data, data_)) {
    return fail(ErrorKind::preference,
                fmt::format("DataDirectory changed to {}, but the agent is using {}", data.string(), data_.string()),
                "restart the agent, or set it back");
  }

  log_settings_.use(preferences);
  return loaded;
}

// One line with what a reader of the log asks first.
std::string Agent::situation(const char* what, const config::Preferences& preferences) const {
  std::string beacons;
  if (const auto locations = config::locations(preferences, beacon::Direction::upload)) {
    for (const beacon::Location& location : *locations) {
      beacons += (beacons.empty() ? "" : ", ") + location.label();
    }
  }
  const ssl::Identity* const identity = uploads_->session() ? uploads_->session()->channels().identity() : nullptr;
  const std::string certificate = identity == nullptr ? "no client certificate in use"
                                                      : fmt::format("client certificate {} valid until {}",
                                                                    identity->leaf().subject, identity->leaf().ends);
  return fmt::format("muster {} {}: configuration {}, upload beacons {}, {}", MUSTER_VERSION, what,
                     preferences.file().string(), beacons.empty() ? "none" : beacons, certificate);
}

Status Agent::start() {
  auto opened = open();
  const bool is_reported = !waiting_for_.empty();
  if (!opened && !is_reported) platform::report_event(event_of(opened.error().kind), opened.error().line());
  return opened;
}

Status Agent::open() {
  const auto in_force = load();
  if (!in_force) return tl::unexpected(in_force.error());

  data_ = in_force->preferences.data_directory();
  if (auto made = platform::make_service_folder(data_ / "state"); !made) return made;

  auto lock = platform::InstanceLock::take(data_ / "state" / "run.lock");
  if (!lock) return tl::unexpected(lock.error());
  lock_ = std::move(*lock);

  if (auto added = add_tasks(); !added) return added;
  auto taken = take_up(*in_force);
  const std::string line = situation("started", in_force->preferences);
  log::info(line);
  platform::report_event(platform::Event::started, line);
  if (!taken && !may_mend_itself(taken.error().kind)) return taken;
  platform::tell_ready();
  return {};
}

Status Agent::add_tasks() {
  tasks_.push_back(std::make_unique<Watchdog>());
  tasks_.push_back(std::make_unique<NetworkChanges>([this](SteadyTime now) {
    uploads_->network_changed(now);
    duties_->network_changed();
  }));

  auto uploads = Uploads::open(data_);
  if (!uploads) return tl::unexpected(uploads.error());
  uploads_ = uploads->get();
  tasks_.push_back(std::move(*uploads));

  auto duties = Duties::start(data_, *uploads_, tasks_);
  if (!duties) return tl::unexpected(duties.error());
  duties_ = std::move(*duties);

  auto policy = std::make_unique<PolicyTask>(options_.sources, options_.password, data_, wakeup_,
                                             [this](bool on_trial) { take_policy(on_trial); });
  duties_->fetch_policy_by(*policy);
  tasks_.push_back(std::move(policy));

  auto updates = std::make_unique<UpdateTask>(options_.sources, options_.password, data_, wakeup_,
                                              [this] { return duties_->problem(); });
  duties_->check_updates_by(*updates);
  tasks_.push_back(std::move(updates));
  return {};
}

Status Agent::take_up(const policy::InForce& in_force) {
  const config::Preferences& preferences = in_force.preferences;
  const WallTime since = in_force.record.applied ? in_force.record.applied_at : wall_now();
  duties_->use(config::machine_id(preferences), in_force.schedule, since);
  duties_->renew_by(preferences);
  if (auto settings = config::transfer_settings(preferences, config::Component::upload)) {
    uploads_->keep_within(settings->quota, preferences.data_directory() / "state");
  }
  auto session = Session::open(in_force, beacon::Direction::upload, options_.password, wakeup_, Credentials::awaited);
  if (!session) {
    wait_for(session.error());
    return tl::unexpected(session.error());
  }

  pending_.emplace(Pending{std::move(*session), std::nullopt});
  pending_->session->channels().start_reports();  // first: a repair while it loads is not missed
  return use_pending();
}

Status Agent::use_pending() {
  if (auto channel = pending_->session->channel(); !channel) {
    wait_for(channel.error());
    pending_->check_at = steady_now() + between_checks;
    return tl::unexpected(channel.error());
  }

  waiting_for_.clear();
  duties_->blocked_by(std::nullopt);
  uploads_->use(std::move(pending_->session), steady_now());
  pending_.reset();
  return {};
}

// Every repair counts at once.
void Agent::check_repairs(SteadyTime now) {
  if (stop_at_) return;
  if (std::exchange(policy_changed_, false) && read_again()) log::info("the applied policy has changed");
  if (preferences_watch_ && preferences_watch_->take_reports()) static_cast<void>(read_again());

  if (pending_) {
    const bool due = pending_->check_at && now >= *pending_->check_at;
    if (pending_->session->channels().take_reports() || due) static_cast<void>(use_pending());
  } else {
    uploads_->check_credentials(now);
  }
}

// Within a task: the change is taken up after all of them have run.
void Agent::take_policy(bool on_trial) {
  policy_changed_ = true;
  if (on_trial) duties_->report_soon();
}

void Agent::wait_for(const Error& error) {
  const std::string line = error.line() + (uploads_->works() ? "; keeping the previous configuration" : "");
  if (waiting_for_ != line) {
    log::error(line);
    platform::report_event(event_of(error.kind), line);
  }
  waiting_for_ = line;
  duties_->blocked_by(error);
}

// Wrong preferences leave the former ones in force.
void Agent::reload() {
  platform::tell_reloading();
  log_settings_.repeat_warnings();
  static_cast<void>(read_again());
  platform::tell_ready();
}

bool Agent::read_again() {
  // Before it is read, so that no repair is missed.
  preferences_watch_.emplace(options_.sources.file);

  const auto in_force = load();
  if (in_force) {
    const auto taken = take_up(*in_force);
    if (taken || pending_) preferences_watch_.reset();
    if (taken) log::info(situation("configuration reloaded", in_force->preferences));
    return taken.has_value();
  }
  wait_for(in_force.error());
  return false;
}

void Agent::take_signals() {
  while (const auto signal = signals_.next()) {
    if (*signal == platform::Signal::reload) {
      if (!stop_at_) reload();
      continue;
    }
    const bool is_asked_twice = stop_at_.has_value();
    stop_at_ = steady_now() + (is_asked_twice ? seconds(0) : grace);
    if (is_asked_twice) return;
    platform::tell_stopping();
    for (const auto& task : tasks_) task->stop();
  }
}

void Agent::on_time(SteadyTime now) {
  check_repairs(now);
  for (const auto& task : tasks_) task->on_time(now);
}

std::optional<SteadyTime> Agent::wakes_at() const {
  std::optional<SteadyTime> earliest = stop_at_;
  if (pending_) earliest = earlier(earliest, pending_->check_at);
  for (const auto& task : tasks_) earliest = earlier(earliest, task->wakes_at());
  return earliest;
}

std::size_t Agent::in_flight() const {
  std::size_t all = 0;
  for (const auto& task : tasks_) all += task->in_flight();
  return all;
}

std::string Agent::status() const {
  if (stop_at_) return "stopping";
  if (waiting_for_.empty()) return uploads_->status();
  if (uploads_->works()) return uploads_->status() + "; " + waiting_for_;
  return "not working: " + waiting_for_;
}

void Agent::tell_status() {
  std::string now = status();
  if (now == shown_status_) return;
  shown_status_ = std::move(now);
  platform::tell_status(shown_status_);
}

void Agent::tell_cut_off() const {
  const std::size_t cut_off = in_flight();
  if (cut_off == 0) return;
  log::warning(fmt::format("{} interrupted by shutdown; {} in the spool and will be sent again",
                           text::counted(cut_off, "upload"), cut_off == 1 ? "it stays" : "they stay"));
}

void Agent::run() {
  std::vector<const platform::UniqueFd*> fixed{&signals_.handle(), &wakeup_->handle()};
  for (const auto& task : tasks_) {
    for (const platform::UniqueFd* const handle : task->handles()) fixed.push_back(handle);
  }

  for (;;) {
    tell_status();
    std::vector handles = fixed;
    handles.push_back(pending_ ? &pending_->session->channels().reports() : &uploads_->credential_reports());
    if (preferences_watch_) {
      for (const platform::UniqueFd* const handle : preferences_watch_->handles()) handles.push_back(handle);
    }
    platform::wait_any(handles, wakes_at());

    wakeup_->clear();
    take_signals();
    const SteadyTime now = steady_now();
    for (const auto& task : tasks_) task->on_wakeup(now);
    on_time(now);
    if (stop_at_ && (in_flight() == 0 || now >= *stop_at_)) return tell_cut_off();
  }
}

}  // namespace

Status run_agent(const AgentOptions& options) {
  auto signals = platform::Signals::take();
  if (!signals) return tl::unexpected(signals.error());
  Agent agent(options, std::move(*signals));
  if (auto started = agent.start(); !started) return started;
  agent.run();
  const std::string line = fmt::format("muster {} stopped", MUSTER_VERSION);
  log::info(line);
  platform::report_event(platform::Event::stopped, line);
  return {};
}

}  // namespace muster::service
