#include "agent/service/duties.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/certificate/expiry.h"
#include "agent/policy/update/trust.h"
#include "agent/policy/update/words.h"
#include "platform/collector_service.h"
#include "platform/log.h"

namespace muster::service {
namespace {

std::optional<CertificateStatus> certificate_of(const Session& session, WallTime now) {
  const ssl::Identity* const identity = session.channels().identity();
  if (identity == nullptr) return std::nullopt;
  const ssl::CertificateSummary& leaf = identity->leaf();
  const config::TransferSettings& settings = session.settings();
  const bool soon =
      settings.identity && certificate::expires_soon(leaf, *settings.identity, settings.certificate_warning_days, now);
  return CertificateStatus{leaf.subject, leaf.not_after, ssl::days_left(leaf, now), soon};
}

std::vector<BeaconStatus> beacons_of(const Session& session, WallTime now) {
  std::vector<BeaconStatus> beacons;
  const beacon::Selector& selector = session.selector();
  for (std::size_t place = 0; place < session.locations().size(); ++place) {
    const beacon::Location& location = session.locations()[place];
    const auto& penalty = selector.record(place).penalty;
    const bool counts = penalty && penalty->counts(now, selector.epoch());
    beacons.push_back({location.id, location.label(), counts ? std::string(beacon::name_of(penalty->fault)) : ""});
  }
  return beacons;
}

std::optional<UpdateStatus> update_of(const std::filesystem::path& data) {
  const auto [check, installation] = update::read_state({data});
  UpdateStatus status;
  status.number = check.number;
  status.version = check.version;
  status.is_staged = check.is_staged;
  status.waits_for = check.why;
  status.refusal = update::refusal_of({check, installation});

  status.installed = update::installed_number();
  status.step = name(installation.step);
  status.result = installation.result;
  const bool is_empty = status.number == 0 && status.refusal.empty() && status.result.empty();
  return is_empty ? std::nullopt : std::optional(std::move(status));
}

}  // namespace

Result<std::unique_ptr<Duties>> Duties::start(const std::filesystem::path& data, Uploads& uploads,
                                              std::vector<std::unique_ptr<Task>>& tasks) {
  std::unique_ptr<Duties> duties(new Duties(data, uploads));
  Duties* const self = duties.get();

  auto timetable =
      Timetable::open(data / "state" / "schedule", [self](const schedule::Event& event) { self->perform(event); });
  if (!timetable) return tl::unexpected(timetable.error());
  auto reports =
      std::make_unique<StatusReports>(data / "uploads", data / "state" / "last-status",
                                      StatusReports::Source{[self] { return self->current_status(); },
                                                            [self](DeviceStatus& status) { self->complete(status); }});

  auto renewal = Renewal::open(data / "state", [&uploads] { uploads.refresh_credentials(); });
  if (!renewal) return tl::unexpected(renewal.error());

  duties->timetable_ = timetable->get();
  duties->reports_ = reports.get();
  duties->renewal_ = renewal->get();
  tasks.push_back(std::move(*timetable));
  tasks.push_back(std::move(*renewal));
  tasks.push_back(std::move(reports));
  return duties;
}

void Duties::use(const std::string& device, schedule::Schedule schedule, WallTime since) {
  device_ = device;
  timetable_->use(std::move(schedule), device, since);
}

void Duties::perform(const schedule::Event& event) {
  switch (event.action) {
    case schedule::Action::inventory:
    case schedule::Action::discovery:
      if (auto asked = request_collection(); !asked) log::error(asked.error().line());
      return;
    case schedule::Action::uploads: return uploads_.catch_up(steady_now());
    case schedule::Action::certificates: return uploads_.refresh_credentials();
    case schedule::Action::status: return reports_->report_soon();
    case schedule::Action::policy:
      if (policy_ != nullptr) policy_->request();
      if (updates_ != nullptr) updates_->request();
      return;
    case schedule::Action::package:
      return log::warning(fmt::format("the schedule asks for {}, which this version does not do", event.name));
  }
}

Status Duties::request_collection() const { return platform::request_collection(data_ / "state"); }

std::optional<DeviceStatus> Duties::current_status() const {
  if (uploads_.busy()) return std::nullopt;
  DeviceStatus status;
  status.device = device_;
  status.time = wall_now();
  status.works = uploads_.works();

  status.problem = problem();
  if (!status.problem) status.problem = renewal_->problem();
  status.update = update_of(data_);
  status.unwatched = uploads_.unwatched();
  status.set_aside = uploads_.set_aside();
  if (const Session* const session = uploads_.session()) {
    status.certificate = certificate_of(*session, status.time);
    status.beacons = beacons_of(*session, status.time);
  }
  return status;
}

void Duties::complete(DeviceStatus& status) const {
  const spool::Backlog backlog = uploads_.backlog();
  status.waiting_files = backlog.waiting;
  status.waiting_bytes = backlog.bytes;
  status.set_aside = backlog.set_aside;
  if (backlog.oldest) status.oldest = std::max(seconds(0), std::chrono::floor<seconds>(status.time - *backlog.oldest));
  status.last_pass = outbox::recall(data_ / "state");
  status.last_done = timetable_->last_done();
}

}  // namespace muster::service
