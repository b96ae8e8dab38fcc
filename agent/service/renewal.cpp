#include "agent/service/renewal.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/certificate/renewal_plan.h"
#include "agent/certificate/renewal_record.h"
#include "agent/service/renewal_report.h"
#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/log.h"

namespace muster::service {
namespace {

constexpr std::uint64_t max_record = 64;
constexpr unsigned readable_for_group = 0640;
constexpr std::chrono::minutes settling{2};
constexpr std::chrono::hours between_checks{1};  // whether the configuration is root's alone by now
constexpr seconds slept{60};                     // the alarm came so late: the device was not at work at its time

std::filesystem::path request_record(const std::filesystem::path& state) { return state / "renew-requested"; }

// Seconds since 1970; what cannot be read counts as never.
std::optional<WallTime> read_request_time(const std::filesystem::path& state) {
  const auto content = platform::read_file(request_record(state), max_record);
  const auto time = content ? text::to_number(*content) : std::nullopt;
  return time ? std::optional(WallTime(seconds(static_cast<seconds::rep>(*time)))) : std::nullopt;
}

Status write_request_time(const std::filesystem::path& state, WallTime time) {
  const auto since_1970 = std::chrono::floor<seconds>(time.time_since_epoch()).count();
  return platform::write_file_unsynced(request_record(state), std::to_string(since_1970), readable_for_group);
}

// The units have their own limits, of seven minutes together.
bool is_overdue(WallTime requested, const std::optional<certificate::RenewalRecord>& last, WallTime now) {
  constexpr std::chrono::minutes patience{10};
  return now > requested + patience && (!last || last->time + seconds(1) < requested);
}

Error no_outcome(WallTime requested) {
  return {ErrorKind::failure, fmt::format("the renewal that was requested at {} has not ended", iso8601(requested)),
          "run as root: systemctl enable --now muster-renew.path muster-renew-install.path; then see: systemctl status "
          "'muster-renew*'"};
}

}  // namespace

Renewal::Renewal(std::filesystem::path state, std::function<void()> renewed, platform::WallAlarm alarm,
                 platform::ChangeWatch watch)
    : state_(std::move(state)),
      renewed_(std::move(renewed)),
      alarm_(std::move(alarm)),
      watch_(std::move(watch)),
      requested_(read_request_time(state_)) {
  if (const auto earlier = certificate::read_renewal_record(state_)) outcome_ = earlier->time;
}

Result<std::unique_ptr<Renewal>> Renewal::open(std::filesystem::path state, std::function<void()> renewed) {
  auto alarm = platform::WallAlarm::make();
  if (!alarm) return tl::unexpected(alarm.error());
  auto watch = platform::ChangeWatch::make();
  if (!watch) return tl::unexpected(watch.error());
  return std::unique_ptr<Renewal>(
      new Renewal(std::move(state), std::move(renewed), std::move(*alarm), std::move(*watch)));
}

void Renewal::use(const config::Preferences& preferences) {
  preferences_ = preferences;
  check(wall_now());
}

void Renewal::on_wakeup(SteadyTime) {
  const bool rang = alarm_.take() != platform::WallAlarm::Ring::none;
  const bool changed =
      watch_.take_changes() && platform::facts_at(certificate::renewal_record(state_)) != record_facts_;
  if ((!rang && !changed) || !preferences_) return;

  const WallTime now = wall_now();
  if (rang && planned_ && now > *planned_ + slept) not_before_ = now + settling;
  check(now);
}

void Renewal::stop() {
  preferences_.reset();
  alarm_.set(std::nullopt);
}

void Renewal::check(WallTime now) {
  record_facts_ = platform::facts_at(certificate::renewal_record(state_));  // before it is read: no change is missed
  const RenewalReport report = renewal_report(*preferences_, now);
  watch(report.may_run);
  take_outcome(report);
  plan(report, now);
  set_problem(report.problem ? report.problem : unanswered_);
}

// Whatever else the agent keeps in that folder wakes it as well: only where it has to be.
void Renewal::watch(bool wanted) {
  std::set<std::filesystem::path> folders;
  if (wanted) folders.insert(state_);
  if (auto watched = watch_.watch(folders); !watched) log::warning(watched.error().line());
}

// Each outcome once, however often the folder changes.
void Renewal::take_outcome(const RenewalReport& report) {
  if (!report.last || report.last->time == outcome_) return;
  outcome_ = report.last->time;
  unanswered_.reset();
  if (report.last->problem) return;

  const std::string end = report.lifetime ? iso8601(report.lifetime->end) : "an unknown time";
  log::info(
      fmt::format("the client certificate {} was renewed and is valid until {}", report.certificate.string(), end));
  renewed_();
}

void Renewal::plan(const RenewalReport& report, WallTime now) {
  planned_.reset();
  if (!report.may_run || !report.lifetime) {
    const bool may_be_repaired = report.configured;
    return alarm_.set(may_be_repaired ? std::optional(now + between_checks) : std::nullopt);
  }

  WallTime next = certificate::next_request(*report.lifetime, report.share, requested_, now);
  if (std::max(next, not_before_) <= now) {
    request(report, now);
    next = certificate::next_request(*report.lifetime, report.share, requested_, now);
  }
  planned_ = std::max(next, not_before_);
  alarm_.set(planned_);
}

// The other processes are started by the file (muster-renew.path), and never read what is in it.
void Renewal::request(const RenewalReport& report, WallTime now) {
  const bool is_repeated = requested_ && *requested_ >= certificate::first_request(*report.lifetime, report.share);
  if (is_repeated && is_overdue(*requested_, report.last, now)) unanswered_ = no_outcome(*requested_);
  requested_ = std::chrono::floor<seconds>(now);

  auto written = write_request_time(state_, *requested_);
  if (written) written = platform::write_file_unsynced(certificate::renewal_flag(state_), "", readable_for_group);
  if (!written) {
    unanswered_ = written.error();
    return;
  }
  log::info(fmt::format("requested the renewal of the client certificate {}, which is valid until {}",
                        report.certificate.string(), iso8601(report.lifetime->end)));
}

void Renewal::set_problem(std::optional<Error> problem) {
  const std::string before = problem_ ? problem_->line() : "";
  problem_ = std::move(problem);
  if (problem_ && problem_->line() != before) log::error("the client certificate is not renewed: " + problem_->line());
}

}  // namespace muster::service
