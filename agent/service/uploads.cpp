#include "agent/service/uploads.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/inventory/upload_record.h"
#include "agent/outbox/pass_record.h"
#include "agent/outbox/quota.h"
#include "agent/spool/backlog.h"
#include "platform/base/random.h"
#include "platform/event_log.h"
#include "platform/log.h"
#include "ssl/crl_age.h"

namespace muster::service {
namespace {

using outbox::OutboxPass;
using Change = outbox::SpoolWatch::Change;

constexpr seconds quota_interval{5};  // between two checks of a spool that grows

}  // namespace

Uploads::Uploads(std::unique_ptr<spool::Spool> spool, outbox::SpoolWatch watch)
    : spool_(std::move(spool)), watch_(std::move(watch)) {}

Result<std::unique_ptr<Uploads>> Uploads::open(const std::filesystem::path& data_directory) {
  auto claims = spool::Claims::open(data_directory / "state");
  if (!claims) return tl::unexpected(claims.error());
  auto spool = spool::Spool::open(data_directory / "uploads", true, std::move(*claims));
  if (!spool) return tl::unexpected(spool.error());
  auto watch = outbox::SpoolWatch::make();
  if (!watch) return tl::unexpected(watch.error());

  std::unique_ptr<Uploads> uploads(new Uploads(std::move(*spool), std::move(*watch)));
  if (auto watched = uploads->watch_.watch(*uploads->spool_); !watched) return tl::unexpected(watched.error());
  return uploads;
}

void Uploads::use(std::unique_ptr<Session> session, SteadyTime now) {
  if (work_) {
    work_->pass->stop();
    former_.push_back(std::move(*work_));
    work_.reset();
  }

  outbox::PassRules rules = session->drain_rules();
  rules.waits_for_quiet = true;
  Work work;
  work.session = std::move(session);
  work.pass = std::make_unique<OutboxPass>(*spool_, work.session->channels(), work.session->locations(),
                                           work.session->selector(), rules, *this);
  work_ = std::move(work);
  schedule_.restart();
  start_pass(OutboxPass::Pending::all, now);
}

void Uploads::keep_within(std::uint64_t quota, std::filesystem::path state) {
  quota_.bytes = quota;
  quota_.state = std::move(state);
  metrics_.dropped_for_quota = outbox::total_dropped_for_quota(quota_.state);
}

void Uploads::apply_quota() {
  quota_.check_at.reset();
  const std::uint64_t dropped = outbox::apply_quota(*spool_, quota_.bytes, quota_.state);
  quota_.dropped += dropped;
  if (dropped > 0) metrics_.dropped_for_quota = outbox::total_dropped_for_quota(quota_.state);
}

void Uploads::watch_folders(SteadyTime now) {
  if (auto watched = watch_.watch(*spool_); !watched) log::error(watched.error().line());
  if (!watch_.problem().empty()) schedule_.scan_by(now + outbox::PassSchedule::watchless_interval);
}

void Uploads::on_wakeup(SteadyTime now) {
  for (Work& work : former_) work.pass->on_wakeup(now);
  // What was in flight kept its name from newer versions.
  if (end_former()) start_pass(OutboxPass::Pending::when_due, now);
  take_changes(now);
  if (work_) work_->pass->on_wakeup(now);
  end_pass(now);
}

// What was in flight at a reload counts like the rest when it has ended.
bool Uploads::end_former() {
  const std::size_t before = former_.size();
  for (auto work = former_.begin(); work != former_.end();) {
    if (work->pass->in_flight() > 0) {
      ++work;
      continue;
    }

    const outbox::PassCounts counts = work->pass->take_counts();
    work->session->selector().keep(wall_now());
    work->pass->keep_pending();
    count(counts);
    remember(counts);
    work = former_.erase(work);
  }
  return former_.size() < before;
}

const platform::UniqueFd& Uploads::credential_reports() const {
  static const platform::UniqueFd none;
  return work_ ? work_->session->channels().reports() : none;
}

void Uploads::check_credentials(SteadyTime now) {
  if (!work_ || !work_->session->channels().take_reports()) return;
  const std::uint64_t former = work_->session->selector().epoch();
  const auto channel = work_->session->channel();
  if (channel && (*channel)->number != former) start_pass(OutboxPass::Pending::all, now);
}

void Uploads::take_changes(SteadyTime now) {
  bool rescan = false;
  for (const Change& change : watch_.changes(*spool_)) {
    if (change.kind == Change::Kind::rescan) {
      rescan = true;
    } else {
      take_file(change, now);
    }
  }
  if (!rescan) return;
  watch_folders(now);
  start_pass(OutboxPass::Pending::when_due, now);
}

void Uploads::take_file(const Change& change, SteadyTime now) {
  if (change.kind == Change::Kind::closed && quota_.bytes > 0 && !quota_.check_at) {
    quota_.check_at = now + quota_interval;
  }
  if (!work_) return;

  OutboxPass& pass = *work_->pass;
  if (change.kind == Change::Kind::written) return pass.on_written(change.entry);
  if (change.kind == Change::Kind::named) {
    pass.on_named(change.entry, now);
  } else {
    pass.on_closed(change.entry, now);
  }
  if (pass.held_back(change.entry.type)) schedule_.file_held_back(asked_wait(), now);
}

// How long all beacons asked clients to wait, and some more by chance.
std::optional<milliseconds> Uploads::asked_wait() const {
  const WallTime now = wall_now();
  const auto until = work_->session->selector().deferred_until(now);
  if (!until) return std::nullopt;
  return delivery::wait_asked(milliseconds(0), std::chrono::ceil<seconds>(*until - now), uniform01());
}

void Uploads::on_time(SteadyTime now) {
  for (Work& work : former_) work.pass->on_time(now);
  if (work_) work_->pass->on_time(now);
  if (quota_.check_at && now >= *quota_.check_at) apply_quota();

  if (schedule_.take_pass_due(now)) {
    watch_folders(now);
    start_pass(OutboxPass::Pending::when_due, now);
  }
  if (schedule_.take_resume_due(now) && work_) work_->pass->resume(now);
  if (schedule_.take_rest_due(now) && work_ && work_->pass->idle()) work_->pass->rest();

  end_pass(now);
  remind_of_expiry();
}

// Whenever the agent is awake anyway, once a day.
void Uploads::remind_of_expiry() {
  const ssl::Identity* const identity = work_ ? work_->session->channels().identity() : nullptr;
  if (identity == nullptr) return;

  const config::TransferSettings& settings = work_->session->settings();
  const WallTime now = wall_now();
  const auto expiry =
      certificate::expires_soon(identity->leaf(), *settings.identity, settings.certificate_warning_days, now);
  if (!expiry || !reminder_.due(now)) return;
  platform::report_event(platform::Event::certificate, expiry->line());
  if (ssl::days_left(identity->leaf(), now) < certificate::last_week) {
    log::error(expiry->line());
  } else {
    log::warning(expiry->line());
  }
}

void Uploads::start_pass(OutboxPass::Pending pending, SteadyTime now) {
  schedule_.pass_started(now);
  if (!watch_.problem().empty()) schedule_.scan_by(now + outbox::PassSchedule::watchless_interval);
  apply_quota();
  if (work_) work_->pass->start_pass(pending, now);
  end_pass(now);
}

void Uploads::count(const outbox::PassCounts& counts) {
  metrics_.delivered += counts.delivered;
  metrics_.bytes += counts.bytes;
  metrics_.set_aside += counts.set_aside;
}

void Uploads::remember(const outbox::PassCounts& counts) {
  const std::uint64_t dropped = std::exchange(quota_.dropped, 0);
  const bool gave_up = work_ && work_->pass->stopped_by();
  if (counts.delivered + counts.set_aside + counts.left + dropped == 0 && !gave_up) return;
  outbox::remember(quota_.state, {wall_now(), counts.delivered, counts.set_aside, counts.left, dropped, last_failure_});
}

// When a pass has ended: reports it, and decides when there is another one.
void Uploads::end_pass(SteadyTime now) {
  if (!work_) return;
  OutboxPass& pass = *work_->pass;
  if (!pass.idle()) return schedule_.busy();
  if (!pass.take_ended()) return;

  spool_->let_go();
  work_->session->selector().keep(wall_now());
  pass.keep_pending();
  outbox::PassCounts counts = pass.take_counts();
  const auto stopped_by = pass.stopped_by();
  const bool left_before = schedule_.something_left();
  schedule_.pass_ended(counts, stopped_by.has_value(), stopped_by ? asked_wait() : std::nullopt, uniform01(), now);

  count(counts);
  // A pass that was given up has not counted the files that it did not come to.
  const bool some_left = counts.left > 0 || left_before || stopped_by;
  if (some_left) counts.left = std::max(counts.left, spool::count_waiting(*spool_));
  metrics_.left = counts.left;
  metrics_.failing = schedule_.something_left();
  metrics_.last_pass = wall_now();
  if (stopped_by) count_failure(*stopped_by);
  write_metrics();

  if (stopped_by) {
    last_error_ = *stopped_by;
    last_failure_ = last_error_->line();
    log::error(last_failure_);
  } else if (!schedule_.something_left() && counts.set_aside == 0) {
    last_failure_.clear();
    last_error_.reset();
  }
  remember(counts);
}

std::optional<SteadyTime> Uploads::wakes_at() const {
  auto first = earlier(schedule_.wakes_at(), quota_.check_at);
  for (const Work& work : former_) first = earlier(first, work.pass->wakes_at());
  return work_ ? earlier(first, work_->pass->wakes_at()) : first;
}

void Uploads::write_metrics() {
  const std::filesystem::path& file = work_->session->settings().metrics_file;
  if (file.empty()) return;

  const ssl::Identity* const identity = work_->session->channels().identity();
  metrics_.certificate_ends = identity == nullptr ? std::nullopt : std::optional(identity->leaf().not_after);
  const auto channel = work_->session->channel();
  if (channel) metrics_.oldest_crl = ssl::oldest_crl(*(*channel)->trust);
  metrics_.waiting = spool::backlog_of(*spool_).types;
  metrics_writer_.write(file, metrics_);
}

void Uploads::refresh_credentials() {
  if (!work_) return;
  if (auto channel = work_->session->channel(); !channel) log::error(channel.error().line());
}

void Uploads::network_changed(SteadyTime now) {
  if (!work_) return;
  const OutboxPass& pass = *work_->pass;
  const bool paused = !pass.idle() && pass.in_flight() == 0;
  if (!paused && !schedule_.something_left() && !pass.stopped_by()) return;

  log::info("the network has changed: waiting files are tried again");
  schedule_.restart();
  start_pass(OutboxPass::Pending::all, now);
}

void Uploads::stop() {
  if (work_) work_->pass->stop();
}

std::size_t Uploads::in_flight() const {
  std::size_t flying = work_ ? work_->pass->in_flight() : 0;
  for (const Work& work : former_) flying += work.pass->in_flight();
  return flying;
}

std::string Uploads::status() const {
  const std::string scans = watch_.problem().empty() ? "" : "; scans for new files every minute: " + watch_.problem();
  if (!last_failure_.empty()) return "uploads fail: " + last_failure_ + scans;
  const bool busy = work_ && !work_->pass->idle();
  return fmt::format("{}; {} files uploaded since the start{}", busy ? "uploading" : "waiting for files",
                     metrics_.delivered, scans);
}

void Uploads::on_delivered(const delivery::Upload& upload, const beacon::Location& location, double took_s) {
  const std::string name = upload.source().path.filename().string();
  const auto state = spool_->root().parent_path() / "state";
  ++metrics_.delivered_by_beacon[location.id];
  metrics_.last_delivery = wall_now();
  if (auto noted = inventory::record_accepted(state, name); !noted) log::warning(noted.error().line());
  if (work_) work_->session->note_delivery(location);
  log::info(fmt::format("uploaded {} ({} bytes) to {} in {:.3f} s", upload.source().path.string(), upload.size(),
                        location.label(), took_s));
}

void Uploads::count_failure(const Error& error) { ++metrics_.failures[{std::string(name(error.kind)), error.beacon}]; }

void Uploads::on_failed(const spool::Entry&, const Error& error, bool) {
  count_failure(error);
  last_error_ = error;
  last_failure_ = error.line();
  log::error(last_failure_);
}

}  // namespace muster::service
