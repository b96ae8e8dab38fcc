#include "agent/service/uploads.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/delivery/last_drain.h"
#include "agent/spool/entry_name.h"
#include "platform/base/chance.h"
#include "platform/log.h"

namespace muster::service {
namespace {

constexpr seconds first_catch_up{60};
constexpr seconds last_catch_up{3600};
constexpr seconds rest_after{60};
constexpr unsigned most_doublings = 6;
const char* const usual_type = "Inventories";

// Twice as long after each pass that left something behind, in the upper half of it by chance.
milliseconds catch_up_wait(unsigned passes_in_vain) {
  const seconds whole = std::min(first_catch_up * (1 << std::min(passes_in_vain, most_doublings)), last_catch_up);
  const double share = 0.5 + random_share() / 2;
  return milliseconds(static_cast<long>(share * 1000 * static_cast<double>(whole.count())));
}

}  // namespace

Uploads::Uploads(std::unique_ptr<spool::Spool> spool, platform::FolderWatch watch)
    : spool_(std::move(spool)), watch_(std::move(watch)) {}

Result<std::unique_ptr<Uploads>> Uploads::open(const std::filesystem::path& path) {
  auto spool = spool::Spool::open(path, true);
  if (!spool) return tl::unexpected(spool.error());
  auto watch = platform::FolderWatch::make();
  if (!watch) return tl::unexpected(watch.error());
  std::unique_ptr<Uploads> uploads(new Uploads(std::move(*spool), std::move(*watch)));
  if (auto watched = uploads->watch_folders(); !watched) return tl::unexpected(watched.error());
  return uploads;
}

void Uploads::use(std::unique_ptr<Session> session, SteadyTime now) {
  if (work_) {
    work_->drain->stop();
    former_.push_back(std::move(*work_));
    work_.reset();
  }
  Work work;
  work.session = std::move(session);
  work.drain = std::make_unique<delivery::Drain>(*spool_, work.session->generations(), work.session->locations(),
                                                 work.session->selector(), work.session->drain_rules(), *this);
  work_ = std::move(work);
  passes_in_vain_ = 0;
  look(now);
}

// Makes what is missing: nobody could watch it.
Status Uploads::watch_folders() {
  if (auto made = spool_->make_type(usual_type); !made) return made;
  auto watched = watch_.add(spool_->root());
  for (const std::string& type : spool_->types()) {
    if (watched) watched = watch_.add(spool_->root() / type);
  }
  if (!watched) log::warning(watched.error().line() + "; new files are found when the spool is gone through");
  spool_->let_go();
  return {};
}

void Uploads::on_wakeup(SteadyTime now) {
  for (Work& work : former_) work.drain->on_wakeup(now);
  std::erase_if(former_, [](const Work& work) { return !work.drain->in_flight(); });
  take_changes(now);
  if (work_) work_->drain->on_wakeup(now);
  plan(now);
}

void Uploads::take_changes(SteadyTime now) {
  using Kind = platform::FolderWatch::Change::Kind;
  bool all = false;
  for (auto& change : watch_.changes()) {
    const bool in_root = change.folder == spool_->root();
    if (change.kind == Kind::lost) {
      all = true;
    } else if (change.kind == Kind::folder) {
      all = all || (in_root && spool::is_type(change.name));
    } else if (!in_root && work_ && !spool::is_unfinished(change.name)) {
      // Now, as it may have ended again before plan() sees it. A drain that has given up starts nothing, but a new file
      // is worth a try soon, however long the wait for the others has grown.
      if (!work_->drain->stopped_by()) busy_ = true;
      if (catch_up_at_) catch_up_at_ = std::min(*catch_up_at_, std::max(now, looked_at_ + first_catch_up));
      work_->drain->add({change.folder.filename().string(), std::move(change.name)}, now);
    }
  }
  if (!all) return;
  if (auto watched = watch_folders(); !watched) log::error(watched.error().line());
  look(now);
}

void Uploads::on_time(SteadyTime now) {
  for (Work& work : former_) work.drain->on_time(now);
  if (work_) work_->drain->on_time(now);
  if (catch_up_at_ && now >= *catch_up_at_) look(now);
  if (rest_at_ && now >= *rest_at_) {
    rest_at_.reset();
    work_->drain->rest();
  }
  plan(now);
  tell_ending_certificate();
}

// Whenever the agent is awake anyway, once a day.
void Uploads::tell_ending_certificate() {
  const ssl::Identity* const identity = work_ ? work_->session->generations().identity() : nullptr;
  if (identity == nullptr) return;
  const config::TransferSettings& settings = work_->session->settings();
  const WallTime now = wall_now();
  const auto ending = certificate::ending_soon(identity->leaf(), settings.identity->certificate,
                                               settings.certificate_warning_days, now);
  if (!ending || !reminder_.due(now)) return;
  if (ssl::days_left(identity->leaf(), now) < certificate::last_week) {
    log::error(ending->line());
  } else {
    log::warning(ending->line());
  }
}

void Uploads::look(SteadyTime now) {
  catch_up_at_.reset();
  looked_at_ = now;
  busy_ = work_.has_value();
  if (work_) work_->drain->look(now);
  plan(now);
}

// When a pass has ended: whether and when there is to be another one.
void Uploads::plan(SteadyTime now) {
  if (!work_) return;
  const delivery::Drain& drain = *work_->drain;
  if (!drain.idle()) {
    busy_ = true;
    rest_at_.reset();
    return;
  }
  if (!std::exchange(busy_, false)) return;
  spool_->let_go();
  rest_at_ = now + rest_after;
  work_->session->selector().keep(wall_now());
  work_->drain->keep_failed();
  const delivery::DrainCounts counts = work_->drain->take_counts();
  metrics_.delivered += counts.delivered;
  metrics_.bytes += counts.bytes;
  metrics_.set_aside += counts.set_aside;
  metrics_.left = counts.left;
  metrics_.failing = drain.stopped_by() || counts.left > 0;
  metrics_.last_pass = wall_now();
  write_metrics();
  if (counts.delivered > 0) passes_in_vain_ = 0;
  if (drain.stopped_by()) {
    last_failure_ = drain.stopped_by()->line();
    log::error(last_failure_);
  } else if (counts.left == 0 && counts.set_aside == 0) {
    last_failure_.clear();
  }
  if (counts.left + counts.busy > 0 || drain.stopped_by()) catch_up_at_ = now + catch_up_wait(passes_in_vain_++);
  if (counts.delivered + counts.set_aside + counts.left == 0 && !drain.stopped_by()) return;
  delivery::remember(work_->session->data_directory() / "state",
                     {wall_now(), counts.delivered, counts.set_aside, counts.left, counts.sacrificed, last_failure_});
}

std::optional<SteadyTime> Uploads::wakes_at() const {
  std::optional<SteadyTime> earliest;
  const auto take = [&](std::optional<SteadyTime> time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  take(catch_up_at_);
  take(rest_at_);
  for (const Work& work : former_) take(work.drain->wakes_at());
  if (work_) take(work_->drain->wakes_at());
  return earliest;
}

void Uploads::write_metrics() {
  const ssl::Identity* const identity = work_->session->generations().identity();
  metrics_.certificate_ends = identity == nullptr ? std::nullopt : std::optional(identity->leaf().not_after);
  metrics_writer_.write(work_->session->settings().metrics_file, metrics_);
}

void Uploads::stop() {
  if (work_) work_->drain->stop();
}

bool Uploads::in_flight() const {
  const auto flies = [](const Work& work) { return work.drain->in_flight(); };
  return std::any_of(former_.begin(), former_.end(), flies) || (work_ && flies(*work_));
}

std::string Uploads::status() const {
  if (!last_failure_.empty()) return "uploads fail: " + last_failure_;
  return fmt::format("{}; {} files uploaded since the start", busy_ ? "uploading" : "waiting for files",
                     metrics_.delivered);
}

void Uploads::on_delivered(const delivery::Upload& upload, const beacon::Location& location, double took_s) {
  log::info(fmt::format("uploaded {} ({} bytes) to {} in {:.3f} s", upload.source().path.string(), upload.size(),
                        location.label(), took_s));
}

void Uploads::on_failed(const spool::Entry&, const Error& error, bool) {
  last_failure_ = error.line();
  log::error(last_failure_);
}

}  // namespace muster::service
