#include "agent/outbox/outbox_pass.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/base/text.h"
#include "platform/log.h"
#include "platform/network.h"

namespace muster::outbox {
namespace {

constexpr std::uint64_t max_gathered = 1 << 20;  // bytes of which the digest is taken at once

std::string shown(const spool::Entry& entry) { return entry.type + "/" + text::printable(entry.name); }

// The fact of delivery is part of the message, whatever comes after it.
Error delivered_before(const Error& error) {
  return {error.kind, "delivered before, and not removed: " + error.message, error.remedy};
}

delivery::UploadSource source_of(const spool::Item& item) {
  delivery::UploadSource source;
  source.path = item.path;
  source.name = item.entry.name;
  source.type = item.entry.type;
  source.content = item.file;
  source.facts = item.facts;
  return source;
}

Error not_proven_complete(const spool::Item& item) {
  return {ErrorKind::partial,
          "not uploading " + item.path.string() +
              " yet: it belongs to another user, and the system does not report whether it is still being written",
          "run as root, or leave it to the agent, which waits until it has not changed for a minute"};
}

}  // namespace

OutboxPass::OutboxPass(spool::Spool& spool, channel::ChannelSource& channels, const beacon::Locations& locations,
                       beacon::Selector& selector, const PassRules& rules, PassListener& listener)
    : spool_(spool),
      locations_(locations),
      selector_(selector),
      rules_(rules),
      listener_(listener),
      digests_{DigestWorker(rules.notify), 0, {}},
      running_(channels, locations, rules.options, selector),
      pending_(rules.state, spool.claims()),
      window_(rules.max_transfers) {}

OutboxPass::~OutboxPass() {
  if (spool_.unsynced() > 0) static_cast<void>(spool_.sync());
}

// Connections of a network that was left lead nowhere.
void OutboxPass::refresh() {
  if (running_.size() > 0) return;
  const std::string network = platform::network_name();
  if (network != selector_.network()) rest();
  selector_.refresh(network, wall_now());
}

void OutboxPass::start_pass(Pending pending, SteadyTime now) {
  refresh();
  running_.check_channel_again();
  queue_.start_scan(spool_.scan(rules_.type));
  pending_.begin_pass();
  breakers_.begin_pass();
  timers_.clear(Timer::resume);

  const bool stopped = progress_.stopped;
  progress_ = Progress{};
  progress_.pending = pending;
  progress_.stopped = stopped;
  progress_.worked = true;
  go_on(now);
}

void OutboxPass::on_closed(const spool::Entry& entry, SteadyTime now) { settling_.closed(entry, now); }

void OutboxPass::on_named(const spool::Entry& entry, SteadyTime now) { settling_.named(entry, now); }

void OutboxPass::on_written(const spool::Entry& entry) { settling_.written(entry); }

void OutboxPass::resume(SteadyTime now) {
  refresh();
  progress_.stopped_by.reset();
  progress_.worked = true;
  breakers_.half_open();
  go_on(now);
}

void OutboxPass::end_pause(SteadyTime now) {
  if (!timers_.is_set(Timer::resume)) return;
  refresh();
  timers_.clear(Timer::resume);
  go_on(now);
}

void OutboxPass::stop() {
  progress_.stopped = true;
  digests_.files.clear();
}

std::optional<Error> OutboxPass::stopped_by() const {
  return progress_.stopped_by ? progress_.stopped_by : breakers_.first_stop();
}

bool OutboxPass::idle() const {
  if (running_.size() > 0 || !digests_.files.empty()) return false;
  if (progress_.stopped || progress_.stopped_by) return true;
  if (settling_.settles_soon() || timers_.is_set(Timer::resume)) return false;
  return !queue_.has_work([this](const spool::Entry& entry) { return !breakers_.is_stopped(entry.type); });
}

bool OutboxPass::take_ended() { return idle() && std::exchange(progress_.worked, false); }

// Files that were written a moment ago are complete now, or are examined again.
void OutboxPass::take_settled_files(SteadyTime now) {
  while (queue_.has_room_for_urgent()) {
    auto entry = settling_.take_due(now);
    if (!entry) return;
    queue_.add_urgent(std::move(*entry));
  }
}

void OutboxPass::report_scan() {
  for (const Error& problem : queue_.take_problems()) {
    progress_.scan_was_complete = false;
    ++counts_.left;
    listener_.on_failed({}, problem, false);
  }
  const bool saw_all = progress_.scan_was_complete && rules_.type.empty();
  if (queue_.take_scan_end() && saw_all) pending_.end_pass();
}

// Of what the scan finds: files that failed before come after all others, and files of a stopped type have to wait.
bool OutboxPass::worth_trying(const QueuedFile& file, SteadyTime now) {
  if (!file.scanned) return true;
  const spool::Entry& entry = file.entry;
  const PendingFile* const known = pending_.find(entry);
  if (breakers_.is_stopped(entry.type)) {
    ++counts_.left;
    return false;
  }

  const bool waits = known != nullptr && progress_.pending == Pending::when_due && !known->is_due(wall_now());
  const bool comes_later = known != nullptr || !breakers_.lets_through(entry.type, now);
  if (waits || (comes_later && !queue_.defer(entry))) ++counts_.left;
  return !waits && !comes_later;
}

std::optional<QueuedFile> OutboxPass::next_file(SteadyTime now) {
  const auto may_start = [&](const spool::Entry& entry) { return breakers_.lets_through(entry.type, now); };
  for (;;) {
    auto file = queue_.next(now, may_start);
    report_scan();
    if (!file || worth_trying(*file, now)) return file;
  }
}

bool OutboxPass::has_room(SteadyTime now) const {
  const bool known = selector_.favourite().has_value();
  const unsigned most = window_.size(known, selector_.round_trip(wall_now()), running_.count_slow(now));
  return running_.size() + digests_.files.size() < most;
}

void OutboxPass::fill(SteadyTime now) {
  if (timers_.is_set(Timer::resume) && !timers_.take_due(Timer::resume, now)) return;
  const std::shared_ptr<channel::Channel> channel = running_.last_channel();  // outlives the burst
  std::optional<transfer::Burst> burst;
  if (channel) burst.emplace(*channel->loop);

  const auto may_start = [this, now] {
    return !progress_.stopped && !progress_.stopped_by && !timers_.is_set(Timer::resume) && has_room(now);
  };

  while (may_start()) {
    auto file = next_file(now);
    if (!file && !settling_.take_overflow()) return;
    if (!file) {
      queue_.scan_again(spool_.scan(rules_.type));
      continue;
    }
    start(std::move(*file), burst, now);
    settle_ended(now);  // where no beacon could even be asked
  }
}

// A file that is under way already was written to, or another one has taken its name.
bool OutboxPass::mark_changed(const spool::Entry& entry) {
  if (RunningUpload* const running = running_.find(entry)) {
    running->changed = true;
    return true;
  }
  const auto preparing = std::find_if(digests_.files.begin(), digests_.files.end(),
                                      [&](const Preparing& one) { return one.item.entry == entry; });
  if (preparing == digests_.files.end()) return false;
  preparing->changed = true;
  return true;
}

void OutboxPass::start(QueuedFile file, std::optional<transfer::Burst>& burst, SteadyTime now) {
  using State = spool::Claimed::State;
  progress_.worked = true;
  if (mark_changed(file.entry)) return;

  spool::Claimed claimed = spool_.claim(file.entry);
  if (claimed.state == State::gone) {
    settling_.forget(file.entry);
    return pending_.remove(file.entry);
  }

  if (claimed.state == State::busy) {
    settling_.forget(file.entry);
    ++counts_.busy;
    return log::info(shown(file.entry) + " skipped: it is being uploaded already");
  }

  if (!claimed.item) {
    settling_.forget(file.entry);
    return leave(file.entry, claimed.problem);
  }

  if (!is_complete(file, claimed, now) || remove_again(*claimed.item)) return;

  file.complete = claimed.item->facts;
  if (needs_worker(*claimed.item)) return prepare(std::move(file), std::move(*claimed.item));
  if (claimed.item->facts.size > max_gathered) burst.reset();  // the others need not wait while it is read
  launch({0, std::move(file), std::move(*claimed.item)}, std::nullopt, now);
}

bool OutboxPass::is_complete(const QueuedFile& file, const spool::Claimed& claimed, SteadyTime now) {
  const spool::Item& item = *claimed.item;
  if (file.complete == item.facts && claimed.writers != platform::Writers::some) return true;

  switch (settling_.judge(item.entry, item.facts, claimed.writers, now, wall_now())) {
    case Settling::complete: return true;
    case Settling::tick: return false;
    case Settling::writer:
      if (!rules_.waits_for_quiet) ++counts_.busy;
      log::info(shown(item.entry) + " skipped: another process has it open for writing");
      break;
    case Settling::quiet:
      if (!rules_.waits_for_quiet) leave(item.entry, not_proven_complete(item));
      break;
  }

  if (!rules_.waits_for_quiet) settling_.forget(item.entry);
  return false;
}

// It was delivered before, and is still the same file: only its removal is missing.
bool OutboxPass::remove_again(const spool::Item& item) {
  const PendingFile* const known = pending_.find(item.entry);
  if (known == nullptr || known->delivered != delivered_file(item.facts)) return false;

  const auto removed = spool_.remove(item);
  if (!removed) {
    pending_.not_removed(item.entry, item.facts, removed.error().line(), wall_now());
    leave(item.entry, delivered_before(removed.error()));
    return true;
  }
  pending_.remove(item.entry);
  log::info(item.path.string() + ", which was delivered before, is removed now");
  return true;
}

bool OutboxPass::needs_worker(const spool::Item& item) const {
  const std::uint64_t size = item.facts.size;
  return size > max_gathered && delivery::takes_digest(rules_.upload, size);
}

void OutboxPass::prepare(QueuedFile file, spool::Item item) {
  const std::uint64_t id = ++digests_.last_id;
  if (auto started = digests_.worker.start(id, source_of(item)); !started) return leave(item.entry, started.error());
  digests_.files.push_back({id, std::move(file), std::move(item)});
}

void OutboxPass::launch_prepared(SteadyTime now) {
  for (DigestWorker::Result& result : digests_.worker.take_results()) {
    const auto found = std::find_if(digests_.files.begin(), digests_.files.end(),
                                    [&](const Preparing& one) { return one.id == result.id; });
    if (found == digests_.files.end()) continue;

    Preparing prepared = std::move(*found);
    digests_.files.erase(found);
    if (result.digest) {
      launch(std::move(prepared), std::move(*result.digest), now);
    } else {
      leave(prepared.item.entry, result.digest.error());
    }
  }
}

void OutboxPass::launch(Preparing prepared, std::optional<std::string> digest, SteadyTime now) {
  auto channel = running_.channel(now);
  if (!channel) {
    ++counts_.left;
    return give_up(channel.error());
  }

  delivery::UploadSource source = source_of(prepared.item);
  source.digest = std::move(digest);
  auto upload = delivery::Upload::make(std::move(source), rules_.upload, (*channel)->quirks, *(*channel)->loop,
                                       locations_, rules_.options, selector_);
  if (!upload) return leave(prepared.item.entry, upload.error());

  RunningUpload running;
  running.file = std::move(prepared.file);
  running.item = std::move(prepared.item);
  running.changed = prepared.changed;
  running.channel = std::move(*channel);
  running.upload = std::move(*upload);
  running_.start(std::move(running), now);
}

}  // namespace muster::outbox
