#include "agent/service/uploads.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/inventory/upload_record.h"
#include "agent/outbox/pass_record.h"
#include "agent/outbox/quota.h"
#include "agent/spool/entry_name.h"
#include "platform/base/random.h"
#include "platform/log.h"

namespace muster::service {
namespace {

constexpr seconds first_catch_up{60};
constexpr seconds last_catch_up{3600};
constexpr seconds rest_after{60};
constexpr unsigned most_doublings = 6;
constexpr seconds between_tries{5};  // of new files, having given up
constexpr seconds patience{1};       // with a new name, until it is taken for a link
constexpr seconds between_rooms{5};  // looks at the size of a spool that grows
constexpr std::size_t most_names = 1000;
const char* const usual_type = "Inventories";

// Twice as long after each pass that left something behind, in the upper half of it by chance.
milliseconds catch_up_wait(unsigned passes_in_vain) {
  const seconds whole = std::min(first_catch_up * (1 << std::min(passes_in_vain, most_doublings)), last_catch_up);
  const double share = 0.5 + uniform01() / 2;
  return milliseconds(static_cast<long>(share * 1000 * static_cast<double>(whole.count())));
}

}  // namespace

Uploads::Uploads(std::unique_ptr<spool::Spool> spool, platform::FolderWatch watch)
    : spool_(std::move(spool)), watch_(std::move(watch)) {}

Result<std::unique_ptr<Uploads>> Uploads::open(const std::filesystem::path& data_directory) {
  auto claims = spool::Claims::open(data_directory / "state");
  if (!claims) return tl::unexpected(claims.error());
  auto spool = spool::Spool::open(data_directory / "uploads", true, std::move(*claims));
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
  work.drain = std::make_unique<outbox::OutboxPass>(*spool_, work.session->channels(), work.session->locations(),
                                                    work.session->selector(), work.session->drain_rules(), *this);
  work_ = std::move(work);
  passes_in_vain_ = 0;
  look(now);
}

void Uploads::keep_within(std::uint64_t quota, std::filesystem::path state) {
  quota_ = quota;
  state_ = std::move(state);
  metrics_.dropped_for_quota = outbox::total_dropped_for_quota(state_);
}

void Uploads::apply_quota() {
  room_at_.reset();
  const std::uint64_t removed = outbox::apply_quota(*spool_, quota_, state_);
  dropped_for_quota_ += removed;
  if (removed > 0) metrics_.dropped_for_quota = outbox::total_dropped_for_quota(state_);
}

// Makes what is missing: nobody could watch it.
Status Uploads::watch_folders() {
  if (auto made = spool_->make_type(usual_type); !made) return made;
  std::string problem;
  const auto watch = [&](const std::filesystem::path& folder) {
    const auto watched = watch_.add(folder);
    if (!watched && problem.empty()) problem = watched.error().line();
  };
  watch(spool_->root());
  for (const std::string& type : spool_->types()) watch(spool_->root() / type);
  if (!problem.empty() && problem != unwatched_) {
    log::warning(problem + "; new files are found when the spool is gone through, every minute");
  }
  unwatched_ = std::move(problem);
  spool_->let_go();
  return {};
}

void Uploads::on_wakeup(SteadyTime now) {
  for (Work& work : former_) work.drain->on_wakeup(now);
  std::erase_if(former_, [](const Work& work) { return work.drain->in_flight() == 0; });
  take_changes(now);
  if (work_) work_->drain->on_wakeup(now);
  plan(now);
}

const platform::UniqueFd& Uploads::credential_reports() const {
  static const platform::UniqueFd none;
  return work_ ? work_->session->channels().reports() : none;
}

void Uploads::check_credentials(SteadyTime now) {
  if (!work_ || !work_->session->channels().take_reports()) return;
  const std::uint64_t former = work_->session->selector().epoch();
  const auto channel = work_->session->channel();
  if (channel && (*channel)->number != former) look(now);
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
    } else if (!in_root && !spool::is_unfinished(change.name)) {
      spool::Entry entry{change.folder.filename().string(), std::move(change.name)};
      std::erase_if(names_, [&](const NewName& name) { return name.entry == entry; });
      if (change.kind == Kind::file) {
        take_file(std::move(entry), now);
      } else if (names_.size() < most_names) {
        names_.push_back({std::move(entry), now + patience});
      } else {
        look_by(now + first_catch_up);
      }
    }
  }
  if (!all) return;
  if (auto watched = watch_folders(); !watched) log::error(watched.error().line());
  look(now);
}

void Uploads::take_file(spool::Entry entry, SteadyTime now) {
  if (quota_ > 0 && !room_at_) room_at_ = now + between_rooms;
  if (!work_) return;
  outbox::OutboxPass& drain = *work_->drain;
  if (!drain.stopped_by()) {
    busy_ = true;  // now, as it may have ended again before plan() sees it
  } else if (!resume_at_) {
    resume_at_ = std::max(now, resumed_at_ + between_tries);
    if (const auto held = held_for()) resume_at_ = std::max(*resume_at_, now + *held);
  }
  drain.add(std::move(entry), now);
}

// Of the names that nobody has closed or moved since: a file that somebody still writes is told of when it is closed.
void Uploads::take_names(SteadyTime now) {
  while (!names_.empty() && names_.front().due <= now) {
    spool::Entry entry = std::move(names_.front().entry);
    names_.pop_front();
    const platform::OpenEntry found = spool_->examine(entry);
    if (found.state == platform::OpenEntry::State::gone) continue;
    const bool fit = found.state == platform::OpenEntry::State::open;
    const auto writers = fit ? platform::writers_of(found.file) : platform::Writers::unknown;
    if (writers == platform::Writers::unknown) {
      look_by(now + first_catch_up);  // it still has its other name, perhaps
    } else if (writers == platform::Writers::none) {
      take_file(std::move(entry), now);
    }
  }
}

void Uploads::look_by(SteadyTime time) { catch_up_at_ = std::min(catch_up_at_.value_or(time), time); }

// How long all beacons want to be left alone, and some more by chance.
std::optional<milliseconds> Uploads::held_for() const {
  const WallTime now = wall_now();
  const auto until = work_->session->selector().deferred_until(now);
  if (!until) return std::nullopt;
  return delivery::wait_asked(milliseconds(0), std::chrono::ceil<seconds>(*until - now), uniform01());
}

void Uploads::on_time(SteadyTime now) {
  for (Work& work : former_) work.drain->on_time(now);
  if (work_) work_->drain->on_time(now);
  take_names(now);
  if (room_at_ && now >= *room_at_) apply_quota();
  if (catch_up_at_ && now >= *catch_up_at_) look(now);
  if (resume_at_ && now >= *resume_at_) {
    resume_at_.reset();
    resumed_at_ = now;
    busy_ = true;
    work_->drain->resume(now);
  }
  if (rest_at_ && now >= *rest_at_) {
    rest_at_.reset();
    work_->drain->rest();
  }
  plan(now);
  tell_ending_certificate();
}

// Whenever the agent is awake anyway, once a day.
void Uploads::tell_ending_certificate() {
  const ssl::Identity* const identity = work_ ? work_->session->channels().identity() : nullptr;
  if (identity == nullptr) return;
  const config::TransferSettings& settings = work_->session->settings();
  const WallTime now = wall_now();
  const auto ending = certificate::expires_soon(identity->leaf(), settings.identity->certificate,
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
  resume_at_.reset();
  something_left_ = false;
  looked_at_ = now;
  if (!unwatched_.empty()) {
    if (auto watched = watch_folders(); !watched) log::error(watched.error().line());
    if (!unwatched_.empty()) look_by(now + first_catch_up);
  }
  apply_quota();
  busy_ = work_.has_value();
  if (work_) work_->drain->look(now);
  plan(now);
}

// When a pass has ended: whether and when there is to be another one.
void Uploads::plan(SteadyTime now) {
  if (!work_) return;
  const outbox::OutboxPass& drain = *work_->drain;
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
  const outbox::PassCounts counts = work_->drain->take_counts();
  metrics_.delivered += counts.delivered;
  metrics_.bytes += counts.bytes;
  metrics_.set_aside += counts.set_aside;
  metrics_.left = counts.left + (something_left_ ? metrics_.left : 0);
  something_left_ = something_left_ || counts.left > 0 || drain.stopped_by();
  metrics_.failing = something_left_;
  metrics_.last_pass = wall_now();
  write_metrics();
  if (drain.stopped_by()) {
    last_error_ = *drain.stopped_by();
    last_failure_ = last_error_->line();
    log::error(last_failure_);
  } else if (!something_left_ && counts.set_aside == 0) {
    last_failure_.clear();
    last_error_.reset();
  }
  plan_next(counts, now);
  const std::uint64_t dropped_for_quota = std::exchange(dropped_for_quota_, 0);
  if (counts.delivered + counts.set_aside + counts.left + dropped_for_quota == 0 && !drain.stopped_by()) return;
  outbox::remember(work_->session->data_directory() / "state",
                   {wall_now(), counts.delivered, counts.set_aside, counts.left, dropped_for_quota, last_failure_});
}

void Uploads::plan_next(const outbox::PassCounts& counts, SteadyTime now) {
  const outbox::OutboxPass& drain = *work_->drain;
  if (counts.delivered > 0) {
    passes_in_vain_ = 0;
    if (catch_up_at_) look_by(std::max(now, looked_at_ + first_catch_up));
  }
  if (!something_left_ && counts.busy == 0) {
    if (unwatched_.empty()) room_at_.reset();
  } else if (!catch_up_at_) {
    catch_up_at_ = now + catch_up_wait(passes_in_vain_++);
  }
  if (!unwatched_.empty()) look_by(now + first_catch_up);
  const auto held = drain.stopped_by() && catch_up_at_ ? held_for() : std::nullopt;
  if (held) catch_up_at_ = std::max(*catch_up_at_, now + *held);
}

std::optional<SteadyTime> Uploads::wakes_at() const {
  std::optional<SteadyTime> earliest;
  const auto take = [&](std::optional<SteadyTime> time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  take(catch_up_at_);
  take(rest_at_);
  take(resume_at_);
  take(room_at_);
  if (!names_.empty()) take(names_.front().due);
  for (const Work& work : former_) take(work.drain->wakes_at());
  if (work_) take(work_->drain->wakes_at());
  return earliest;
}

void Uploads::write_metrics() {
  const ssl::Identity* const identity = work_->session->channels().identity();
  metrics_.certificate_ends = identity == nullptr ? std::nullopt : std::optional(identity->leaf().not_after);
  metrics_writer_.write(work_->session->settings().metrics_file, metrics_);
}

void Uploads::refresh_credentials() {
  if (!work_) return;
  if (auto channel = work_->session->channel(); !channel) log::error(channel.error().line());
}

void Uploads::network_changed(SteadyTime now) {
  if (!work_) return;
  const outbox::OutboxPass& pass = *work_->drain;
  const bool paused = !pass.idle() && pass.in_flight() == 0;
  if (!paused && !something_left_ && !pass.stopped_by()) return;
  log::info("the network has changed: what waits is tried again");
  passes_in_vain_ = 0;
  look(now);
}

void Uploads::stop() {
  if (work_) work_->drain->stop();
}

std::size_t Uploads::in_flight() const {
  std::size_t flying = work_ ? work_->drain->in_flight() : 0;
  for (const Work& work : former_) flying += work.drain->in_flight();
  return flying;
}

std::string Uploads::status() const {
  const std::string looks = unwatched_.empty() ? "" : "; looks for new files every minute: " + unwatched_;
  if (!last_failure_.empty()) return "uploads fail: " + last_failure_ + looks;
  return fmt::format("{}; {} files uploaded since the start{}", busy_ ? "uploading" : "waiting for files",
                     metrics_.delivered, looks);
}

void Uploads::on_delivered(const delivery::Upload& upload, const beacon::Location& location, double took_s) {
  const std::string name = upload.source().path.filename().string();
  const auto state = spool_->root().parent_path() / "state";
  if (auto noted = inventory::record_accepted(state, name); !noted) log::warning(noted.error().line());
  log::info(fmt::format("uploaded {} ({} bytes) to {} in {:.3f} s", upload.source().path.string(), upload.size(),
                        location.label(), took_s));
}

void Uploads::on_failed(const spool::Entry&, const Error& error, bool) {
  last_error_ = error;
  last_failure_ = error.line();
  log::error(last_failure_);
}

}  // namespace muster::service
