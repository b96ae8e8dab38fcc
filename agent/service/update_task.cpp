#include "agent/service/update_task.h"

#include <fmt/core.h>

#include <utility>

#include "agent/policy/update/check_record.h"
#include "agent/policy/update/installation_file.h"
#include "agent/policy/update/trust.h"
#include "platform/log.h"
#include "platform/service_folder.h"

namespace muster::service {
namespace {

using update::Check;

constexpr std::chrono::hours between_tries{1};  // after a failure
constexpr seconds before_trial_check{1};
constexpr std::chrono::minutes between_trial_checks{1};

}  // namespace

UpdateTask::UpdateTask(config::Sources sources, PasswordSource password, const std::filesystem::path& data,
                       std::shared_ptr<const platform::Wakeup> wakeup, CurrentProblem problem)
    : sources_(std::move(sources)),
      password_(std::move(password)),
      places_{data},
      wakeup_(std::move(wakeup)),
      current_problem_(std::move(problem)) {
  health_.number = update::installed_number();
  const auto record = update::read_installation(places_);
  is_on_trial_ = record && record->step != update::Step::none && record->next.number == health_.number;
  if (is_on_trial_) check_at_ = steady_now() + before_trial_check;
}

void UpdateTask::on_wakeup(SteadyTime now) {
  if (work_) work_->take_events(now);
}

void UpdateTask::on_time(SteadyTime now) {
  if (stopped_) return;
  report_health();
  if (work_) {
    work_->on_time(now);
    if (work_->fetch->settled()) finish_check(now);
  } else if (check_at_ && *check_at_ <= now) {
    check_at_.reset();
    start_check(now);
  }
}

std::optional<SteadyTime> UpdateTask::wakes_at() const {
  if (stopped_) return std::nullopt;
  return work_ ? work_->fetch->wakes_at() : check_at_;
}

void UpdateTask::stop() {
  stopped_ = true;
  work_.reset();
}

void UpdateTask::start_check(SteadyTime now) {
  auto in_force = policy::load_in_force(sources_);
  if (!in_force) return report_problem(in_force.error().line(), now);
  const auto enabled = update::are_enabled(in_force->preferences);
  if (!enabled) return report_problem(enabled.error().line(), now);
  if (!*enabled && !is_on_trial_) return;

  auto rules = update::check_rules(*in_force);
  if (!rules) return report_problem(in_words(rules.error()), now);
  auto way = DownloadWay::open(*in_force, password_, wakeup_, Credentials::awaited);
  if (!way) return report_problem(way.error().line(), now);

  auto check = std::make_unique<Check>(way->place(), std::move(*rules));
  work_.emplace(FetchWork<Check>{std::move(*way), std::move(check)});
  work_->fetch->start(now);
  if (work_->fetch->settled()) finish_check(now);
}

void UpdateTask::finish_check(SteadyTime now) {
  const FetchWork<Check> work = std::move(*work_);
  work_.reset();
  work.way.session->selector().keep(wall_now());
  const Check& check = *work.fetch;

  if (check.reached_beacon()) {
    health_.handshake = wall_now();
    is_on_trial_ = false;
    report_health();
  }
  if (auto taken = update::take_up(check, wall_now()); !taken) log::warning(taken.error().line());
  if (check.result() == Check::Result::failed) {
    return report_problem(work.way.failure_of(check.path(), check.error(), check.job()).line(), now);
  }

  const std::string line = "updates: " + in_words(check);
  if (line != std::exchange(logged_, line)) {
    check.result() == Check::Result::refused ? log::error(line) : log::info(line);
  }
}

void UpdateTask::report_problem(const std::string& problem, SteadyTime now) {
  const std::string line = "updates: " + problem;
  if (line != std::exchange(logged_, line)) log::warning(line);
  check_at_ = now + (is_on_trial_ ? std::chrono::duration_cast<seconds>(between_trial_checks) : between_tries);
}

// Written when something of it has changed. Only where root's step could have a use for it.
void UpdateTask::report_health() {
  if (health_.number == 0) return;
  const auto problem = current_problem_();
  health_.problem = problem ? std::string(name(problem->kind)) : std::string();
  if (health_ == reported_) return;

  const Status made = platform::make_service_folder(places_.staged());
  const Status written = made ? update::write_health(places_, health_) : made;
  if (!written) log::warning("this version's health is not reported: " + written.error().line());
  reported_ = health_;
}

}  // namespace muster::service
