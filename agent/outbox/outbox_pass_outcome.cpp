// What becomes of a file when its upload has ended, and of the files after it.
#include <fmt/core.h>

#include <algorithm>

#include "agent/outbox/outbox_pass.h"
#include "platform/base/random.h"
#include "platform/log.h"

namespace muster::outbox {
namespace {

constexpr std::size_t removals_per_sync = 64;
constexpr milliseconds max_unsynced{100};
constexpr seconds sync_retry{10};

using delivery::Verdict;

Error delivered_and_left(const Error& error, const beacon::Location& location) {
  return {error.kind, "delivered to " + location.label() + ", and not removed: " + error.message, error.remedy,
          location.id};
}

Error rest_not_tried(const std::string& type, const Error& error) {
  Error stop = error;
  stop.message = fmt::format("{} files of type {} in a row were refused; skipping the others of this type: {}",
                             TypeBreakers::min_limit, type, error.message);
  return stop;
}

}  // namespace

void OutboxPass::go_on(SteadyTime now) {
  take_settled_files(now);
  launch_prepared(now);
  settle_ended(now);
  fill(now);
  if (idle()) window_.reset();

  const bool due = timers_.at(Timer::sync) && now >= *timers_.at(Timer::sync);
  const bool last = running_.size() == 0 && spool_.unsynced() > 0;
  if (spool_.unsynced() >= removals_per_sync || due || last) sync(now);
}

void OutboxPass::on_wakeup(SteadyTime now) {
  running_.on_wakeup(now);
  go_on(now);
}

void OutboxPass::on_time(SteadyTime now) {
  running_.on_time(now);
  go_on(now);
}

std::optional<SteadyTime> OutboxPass::wakes_at() const {
  const auto running = earlier(timers_.at(Timer::sync), running_.wakes_at());
  if (progress_.stopped) return running;
  auto first = earlier(running, queue_.has_room_for_urgent() ? settling_.wakes_at() : std::nullopt);
  if (progress_.stopped_by) return first;

  first = earlier(first, timers_.at(Timer::resume));
  if (timers_.is_set(Timer::resume)) return first;
  const SteadyTime now = steady_now();
  if (!has_room(now)) return earlier(first, running_.next_slow(now));
  return earlier(first, earlier(queue_.next_retry(), breakers_.wakes_at(now)));
}

void OutboxPass::settle_ended(SteadyTime now) {
  while (const auto ended = running_.take_settled()) {
    if (ended->upload->beacon() != nullptr) {
      delivered(*ended, now);
    } else {
      failed(*ended, now);
    }
    // What the name leads to now is sent as well.
    if (ended->changed) settling_.recheck(ended->item.entry, now);
  }
}

void OutboxPass::delivered(const RunningUpload& upload, SteadyTime now) {
  const spool::Entry& entry = upload.item.entry;
  progress_.retries = 0;
  progress_.first_failure.reset();
  breakers_.succeeded(entry.type);
  if (pending_.find(entry) != nullptr) pending_.forgive(entry.type);  // what refused it has been repaired
  pending_.remove(entry);
  window_.delivered(selector_.round_trip(wall_now()));

  const auto removed = spool_.remove(upload.item);
  if (!removed) return not_removed(upload, removed.error(), now);
  if (*removed == spool::Removal::changed) {
    const Error stays = spool::not_removed_because_changed(upload.item.path);
    return upload.changed ? log::info(stays.line()) : leave(entry, stays);
  }

  timers_.set_at_latest(Timer::sync, now + max_unsynced);
  ++counts_.delivered;
  counts_.bytes += upload.upload->size();
  const std::chrono::duration<double> took = now - upload.started;
  listener_.on_delivered(*upload.upload, *upload.upload->beacon(), took.count());
}

// From now on only the removal is tried, also after a restart.
void OutboxPass::not_removed(const RunningUpload& upload, const Error& error, SteadyTime now) {
  pending_.not_removed(upload.item.entry, upload.item.facts, error.line(), wall_now());
  timers_.set_at_latest(Timer::sync, now + max_unsynced);
  pending_.keep();  // before anything is reported: after a crash the file must not be sent again
  leave(upload.item.entry, delivered_and_left(error, *upload.upload->beacon()));
}

void OutboxPass::failed(const RunningUpload& upload, SteadyTime now) {
  delivery::FailureContext context;
  context.action = "upload of " + upload.item.path.string();
  context.identity = upload.channel->identity.get();
  context.trust = &rules_.trust;
  context.network_timeout = rules_.options.network_timeout;

  const std::vector<delivery::Failure>& failures = upload.upload->failures();
  for (const delivery::Failure& failure : failures) {
    log::info(delivery::explain(context, locations_[failure.location], failure.outcome).line());
  }
  const Error error = delivery::explain(context, *upload.upload);
  const spool::Entry& entry = upload.item.entry;

  switch (upload.upload->verdict()) {
    case Verdict::local: return unreadable(upload, error);
    case Verdict::again: return try_later(upload, error, now);
    case Verdict::set_aside: set_aside(upload, error); break;
    case Verdict::declined: decline(entry, error); break;
    case Verdict::blocked:
      if (delivery::beacons_are_out_of_use(failures)) {
        ++counts_.left;
        return give_up(error);
      }
      decline(entry, error);
      break;
  }
  refused_one_more(entry.type, error);
}

void OutboxPass::unreadable(const RunningUpload& upload, const Error& error) {
  if (!upload.changed) return leave(upload.item.entry, error);
  log::info(error.line());
}

void OutboxPass::set_aside(const RunningUpload& upload, const Error& error) {
  const spool::Entry& entry = upload.item.entry;
  if (auto moved = spool_.set_aside(upload.item, error.line()); !moved) return decline(entry, moved.error());
  pending_.remove(entry);
  ++counts_.set_aside;
  listener_.on_failed(entry, error, true);
}

void OutboxPass::decline(const spool::Entry& entry, const Error& error) {
  pending_.failed(entry, error.line(), wall_now());
  leave(entry, error);
}

void OutboxPass::leave(const spool::Entry& entry, const Error& error) {
  ++counts_.left;
  listener_.on_failed(entry, error, false);
}

// After all others; and those wait as well where they would fare no better.
void OutboxPass::try_later(const RunningUpload& upload, const Error& error, SteadyTime now) {
  const spool::Entry& entry = upload.item.entry;
  const bool about_the_beacons = delivery::beacons_are_out_of_use(upload.upload->failures());
  if (about_the_beacons) {
    pending_.interrupted(entry, error.line());
  } else {
    pending_.failed(entry, error.line(), wall_now());
  }
  if (progress_.stopped || progress_.stopped_by) {
    ++counts_.left;
    return;
  }

  QueuedFile file = upload.file;
  file.due = now;
  if (about_the_beacons) {
    if (!queue_.retry(std::move(file))) leave(entry, error);
    return pause(*upload.upload, error, now);
  }

  if (file.tries == 0) file.first_failure = now;
  const auto wait = wait_after(file.first_failure, ++file.tries, *upload.upload, now);
  file.due += wait.value_or(milliseconds(0));
  if (!wait || breakers_.is_stopped(entry.type) || !queue_.retry(std::move(file))) leave(entry, error);
  if (breakers_.failed(entry.type, 0)) pause_type(entry.type, *upload.upload, error, now);
}

// What the preferences allow, and the beacons ask for.
std::optional<milliseconds> OutboxPass::wait_after(SteadyTime first_failure, unsigned tries,
                                                   const delivery::Upload& upload, SteadyTime now) const {
  const auto elapsed = std::chrono::floor<milliseconds>(now - first_failure);
  const auto wait = delivery::wait_before(rules_.retry, tries, elapsed, uniform01());
  const seconds asked = upload.asked_wait(wall_now());
  if (!wait || elapsed + asked > rules_.retry.longest) return std::nullopt;
  return delivery::wait_asked(*wait, asked, uniform01());
}

void OutboxPass::refused_one_more(const std::string& type, const Error& error) {
  pending_.refused(type);
  if (breakers_.failed(type, pending_.refusals(type))) stop_type(type, rest_not_tried(type, error));
}

void OutboxPass::pause(const delivery::Upload& upload, const Error& error, SteadyTime now) {
  if (timers_.is_set(Timer::resume)) return;  // another transfer has failed before: this one waits with it
  if (!progress_.first_failure) progress_.first_failure = now;
  const auto wait = wait_after(*progress_.first_failure, ++progress_.retries, upload, now);
  if (!wait) return give_up(error);

  window_.reset();
  timers_.set(Timer::resume, now + *wait);
  log::info(fmt::format("{}; trying again in {} s", error.message, std::chrono::ceil<seconds>(*wait).count()));
}

// The same for a type of which some files in a row failed, while others went out.
void OutboxPass::pause_type(const std::string& type, const delivery::Upload& upload, const Error& error,
                            SteadyTime now) {
  if (breakers_.is_paused(type, now)) return;
  TypeBreakers::Retry& retry = breakers_.retry_of(type);
  if (!retry.first_failure) retry.first_failure = now;
  const auto wait = wait_after(*retry.first_failure, ++retry.tries, upload, now);
  if (!wait) return stop_type(type, rest_not_tried(type, error));
  breakers_.pause(type, now + *wait);
}

void OutboxPass::stop_type(const std::string& type, const Error& error) {
  log::info(error.line());
  breakers_.stop(type, error);
  drop(queue_.drop(type));
}

void OutboxPass::give_up(const Error& error) {
  if (!progress_.stopped_by) progress_.stopped_by = error;
  timers_.clear(Timer::resume);
  drop(queue_.drop_all());
}

void OutboxPass::drop(const std::vector<spool::Entry>& entries) {
  counts_.left += entries.size();
  for (const spool::Entry& entry : entries) settling_.forget(entry);
}

void OutboxPass::sync(SteadyTime now) {
  timers_.clear(Timer::sync);
  pending_.keep_if_delivered();
  if (auto synced = spool_.sync(); !synced) {
    log::error(synced.error().line());
    timers_.set(Timer::sync, now + sync_retry);
  }
}

}  // namespace muster::outbox
