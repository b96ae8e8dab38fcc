#include "agent/service/policy_task.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "agent/policy/record_file.h"
#include "agent/policy/schedule_judgement.h"
#include "agent/policy/words.h"
#include "platform/base/timer_set.h"
#include "platform/log.h"
#include "platform/service_folder.h"

namespace muster::service {
namespace {

using policy::Application;
using policy::Fetch;

constexpr std::chrono::hours between_tries{1};      // after a failure, and while a trial waits for a fetch
constexpr seconds before_trial_fetch{5};            // a new list is asked at once; the agent takes it up first
constexpr std::chrono::minutes between_counts{15};  // of running time: a power cut loses so much

std::string text_in_force(const policy::Record& record) {
  const auto document = policy::in_force(record);
  return document ? policy::write_document(*document) : std::string();
}

// What a session or a schedule depends on.
bool is_same(const policy::Record& a, const policy::Record& b) {
  const bool tries_first = a.trial && !a.trial->uploaded;
  const bool other_tries_first = b.trial && !b.trial->uploaded;
  const bool same_lists = a.former == b.former && text_in_force(a) == text_in_force(b);
  return tries_first == other_tries_first && a.applied_at == b.applied_at && same_lists;
}

bool waits_for_fetch(const policy::Record& record) { return record.trial && !record.trial->fetched; }

}  // namespace

PolicyTask::PolicyTask(config::Sources sources, PasswordSource password, std::filesystem::path data,
                       std::shared_ptr<const platform::Wakeup> wakeup, Changed changed)
    : sources_(std::move(sources)),
      password_(std::move(password)),
      data_(std::move(data)),
      wakeup_(std::move(wakeup)),
      changed_(std::move(changed)),
      counted_until_(steady_now()) {
  watch_record();
  record_ = policy::read_record(data_ / "state").value_or(policy::Record());
  if (waits_for_fetch(record_)) fetch_at_ = steady_now() + before_trial_fetch;
}

// The folder holds nothing that changes more often than policy.
void PolicyTask::watch_record() {
  const auto folder = policy::record_file(data_ / "state").parent_path();
  const auto made = platform::make_service_folder(folder);
  auto watch = platform::ChangeWatch::make();
  const auto watched = !made ? made : !watch ? Status(tl::unexpected(watch.error())) : watch->watch({folder});
  if (!watched) return log::warning(watched.error().line());
  watch_.emplace(std::move(*watch));
}

std::vector<const platform::UniqueFd*> PolicyTask::handles() const {
  if (!watch_) return {};
  return {&watch_->handle()};
}

void PolicyTask::on_wakeup(SteadyTime now) {
  if (watch_ && watch_->take_changes()) take_record(now);
  if (work_) work_->fetching.take_events(now);
}

void PolicyTask::on_time(SteadyTime now) {
  if (stopped_) return;
  if (record_.trial && now >= counted_until_ + between_counts) count_running_time(now);
  if (work_) {
    work_->fetching.on_time(now);
    if (work_->fetching.fetch->settled()) finish_fetch(now);
  } else if (fetch_at_ && *fetch_at_ <= now) {
    fetch_at_.reset();
    start_fetch(now);
  }
}

std::optional<SteadyTime> PolicyTask::wakes_at() const {
  if (stopped_) return std::nullopt;
  std::optional<SteadyTime> first = work_ ? work_->fetching.fetch->wakes_at() : fetch_at_;
  if (record_.trial) first = earlier(first, counted_until_ + between_counts);
  return first;
}

void PolicyTask::stop() {
  stopped_ = true;
  work_.reset();
  if (record_.trial) count_running_time(steady_now());
}

void PolicyTask::start_fetch(SteadyTime now) {
  auto in_force = policy::load_in_force(sources_);
  if (!in_force) return report_problem(in_force.error().line(), now);
  auto way = DownloadWay::open(*in_force, password_, wakeup_, Credentials::awaited);
  if (!way) return report_problem(way.error().line(), now);
  auto rules = policy::fetch_rules(*in_force, way->session->locations());
  if (!rules) return report_problem(rules.error().line(), now);

  auto fetch = std::make_unique<Fetch>(way->place(), std::move(*rules),
                                       policy::fetch_folders(data_ / "state", policy::Mode::apply));
  work_.emplace(Work{std::move(*in_force), {std::move(*way), std::move(fetch)}});
  work_->fetching.fetch->start(now);
  if (work_->fetching.fetch->settled()) finish_fetch(now);
}

void PolicyTask::finish_fetch(SteadyTime now) {
  const Work work = std::move(*work_);
  work_.reset();
  const DownloadWay& way = work.fetching.way;
  const Fetch& fetch = *work.fetching.fetch;
  way.session->selector().keep(wall_now());

  if (fetch.result() == Fetch::Result::failed) {
    const policy::FileFetch& file = fetch.file();
    return report_problem(way.failure_of(file.path(), file.local_error(), file.job()).line(), now);
  }

  problem_.clear();
  if (fetch.result() == Fetch::Result::found) {
    take_found(work);
  } else if (auto recorded = policy::record_missing(work.in_force.preferences, wall_now()); !recorded) {
    log::warning(recorded.error().line());
  }
  if (waits_for_fetch(record_) && !fetch_at_) fetch_at_ = now + between_tries;
}

// A refusal is logged once, however often the same policy comes again.
void PolicyTask::take_found(const Work& work) {
  const Fetch& fetch = *work.fetching.fetch;
  const policy::Fetched& fetched = fetch.fetched();
  const auto applied = policy::apply(fetched, work.in_force, policy::Mode::apply, wall_now());
  if (!applied) return log::error(applied.error().line());

  const std::string source = fmt::format("the policy {} of {}", fetched.path, fetch.beacon().label());
  if (applied->result == Application::Result::applied) {
    const std::size_t others = applied->not_used.size();
    const std::string note = others == 0 ? "" : fmt::format(", but for {} that 'muster policy' lists", others);
    return log::info(source + " is applied" + note);
  }
  if (applied->result != Application::Result::refused) return;
  if (applied->reason != work.in_force.record.refusal) {
    log::error(fmt::format("{} is refused: {}; what was applied before stays", source, applied->reason));
  }
}

// Written by this task, by a command, or by an upload that a trial waited for.
void PolicyTask::take_record(SteadyTime now) {
  auto read = policy::read_record(data_ / "state");
  if (!read) return log::warning(read.error().line());
  const policy::Record former = std::exchange(record_, std::move(*read));
  if (!former.trial) counted_until_ = now;
  if (former.trial_end != record_.trial_end && !record_.trial_end.empty()) log::error(record_.trial_end);
  if (former.trial && !record_.trial && record_.trial_end.empty()) log::info("the new beacon list stays");
  if (is_same(former, record_)) return;

  const bool new_list = record_.trial && former.beacons != record_.beacons;
  if (new_list) log::info(policy::trial_in_words(record_));
  if (new_list && waits_for_fetch(record_)) {
    fetch_at_ = std::max(now + before_trial_fetch, trial_fetch_allowed_);
    trial_fetch_allowed_ = *fetch_at_ + policy::shortest_gap;  // a beacon may serve another list each time
  }
  changed_(record_.trial && !record_.trial->uploaded);
}

void PolicyTask::count_running_time(SteadyTime now) {
  const auto time = std::chrono::floor<seconds>(now - counted_until_);
  counted_until_ += time;
  const auto counted = policy::change_record(data_ / "state", [&](policy::Record& record) -> Status {
    record = policy::after_running(std::move(record), time);
    return {};
  });
  if (!counted) log::warning(counted.error().line());
}

void PolicyTask::report_problem(const std::string& problem, SteadyTime now) {
  if (problem != problem_) log::warning("policy: " + problem);
  problem_ = problem;
  fetch_at_ = now + between_tries;
}

}  // namespace muster::service
