#include "agent/outbox/outbox_pass.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/base/random.h"
#include "platform/base/text.h"
#include "platform/log.h"
#include "platform/network.h"

namespace muster::outbox {
namespace {

constexpr std::size_t removals_per_sync = 64;
constexpr milliseconds longest_unsynced{100};
constexpr milliseconds channel_interval{20};  // files are looked at this often at most
constexpr unsigned failures_that_stop = 3;
constexpr unsigned transfers_without_delay = 16;
constexpr microseconds delay_per_transfer{500};
constexpr milliseconds delay_per_growth{10};
constexpr std::size_t most_told = 1000;
constexpr seconds max_pause{3};  // of a writer
constexpr std::uint64_t largest_gathered = 1 << 20;

Error refused(Error error) {
  error.message =
      fmt::format("{} files in a row were refused, the rest is not tried: {}", failures_that_stop, error.message);
  return error;
}

}  // namespace

OutboxPass::OutboxPass(spool::Spool& spool, channel::ChannelSource& channels, const beacon::Locations& locations,
                       beacon::Selector& selector, const PassRules& rules, PassListener& listener)
    : spool_(spool),
      channels_(channels),
      locations_(locations),
      rules_(rules),
      listener_(listener),
      selector_(selector),
      deferred_files_(rules.state) {}

OutboxPass::~OutboxPass() {
  if (spool_.unsynced() > 0) static_cast<void>(spool_.sync());
}

// Connections of a network that was left lead nowhere.
void OutboxPass::refresh() {
  if (!active_.empty()) return;
  const std::string network = platform::network_name();
  if (network != selector_.network()) rest();
  selector_.refresh(network, wall_now());
}

void OutboxPass::look(SteadyTime now) {
  refresh();
  scan_.emplace(spool_.scan());
  deferred_files_.begin_pass();
  deferred_.clear();
  retrying_.clear();
  stopped_by_.reset();
  resume_at_.reset();
  failed_in_a_row_ = 0;
  retry_ = 0;
  first_failure_.reset();
  go_on(now);
}

void OutboxPass::add(spool::Entry entry, SteadyTime now) {
  if (!stopped_by_) refresh();  // otherwise nothing starts before resume()
  if (urgent_.size() < most_told) {
    urgent_.push_back(std::move(entry));
  } else {
    scan_.emplace(spool_.scan());  // too many to remember: the scan finds them
  }
  go_on(now);
}

void OutboxPass::resume(SteadyTime now) {
  refresh();
  stopped_by_.reset();
  go_on(now);
}

void OutboxPass::finish_probe() {
  if (look_) look_->finish(*probe_channel_->loop);
}

void OutboxPass::rest() {
  look_.reset();
  probe_channel_.reset();
  channel_.reset();
  channels_.rest();
}

bool OutboxPass::idle() const {
  if (!active_.empty()) return false;
  return stopped_ || stopped_by_ ||
         (!scan_ && urgent_.empty() && deferred_.empty() && retrying_.empty() && !resume_at_);
}

std::optional<spool::Entry> OutboxPass::next_scanned() {
  while (scan_) {
    auto entry = scan_->next();
    for (const Error& problem : scan_->take_problems()) {
      ++counts_.left;
      listener_.on_failed({}, problem, false);
    }
    if (!entry) {
      scan_.reset();
      deferred_files_.end_pass();
    } else if (deferred_files_.contains(*entry)) {
      deferred_.push_back(std::move(*entry));
    } else {
      return entry;
    }
  }
  return std::nullopt;
}

std::optional<OutboxPass::PendingFile> OutboxPass::next_file(SteadyTime now) {
  const auto take = [](std::deque<spool::Entry>& entries) {
    PendingFile file;
    file.entry = std::move(entries.front());
    entries.pop_front();
    return file;
  };
  if (!urgent_.empty()) {
    PendingFile told = take(urgent_);
    told.closed = true;
    return told;
  }
  if (auto entry = next_scanned()) {
    PendingFile file;
    file.entry = std::move(*entry);
    return file;
  }
  if (!deferred_.empty()) return take(deferred_);
  const auto due =
      std::find_if(retrying_.begin(), retrying_.end(), [&](const PendingFile& file) { return file.due <= now; });
  if (due == retrying_.end()) return std::nullopt;
  PendingFile file = std::move(*due);
  retrying_.erase(due);
  return file;
}

// One until a beacon has answered, so that only the first transfer races, and again after a rest, as it may have died
// meanwhile; then one more with each delivery, and more than one where the way is long: a few files are not worth many
// handshakes.
unsigned OutboxPass::window() const {
  if (!selector_.favourite()) return 1;
  const auto asked =
      transfers_without_delay + static_cast<unsigned>(selector_.round_trip(wall_now()) / delay_per_transfer);
  return std::min({asked, growth_, rules_.most_transfers});
}

void OutboxPass::fill(SteadyTime now) {
  if (resume_at_ && now < *resume_at_) return;
  resume_at_.reset();
  const std::shared_ptr<channel::Channel> channel = channel_;  // outlives the burst
  std::optional<transfer::Burst> burst;
  if (channel) burst.emplace(*channel->loop);
  while (!stopped_ && !stopped_by_ && !resume_at_ && active_.size() < window()) {
    auto file = next_file(now);
    if (!file) return;
    start(std::move(*file), burst, now);
    settle_ended(now);  // where no beacon could even be asked
  }
}

Result<std::shared_ptr<channel::Channel>> OutboxPass::channel(SteadyTime now) {
  if (channel_ && now < channel_checked_ + channel_interval) return channel_;
  auto current = channels_.current(wall_now());
  if (!current) return current;
  channel_ = *current;
  channel_checked_ = now;
  selector_.use_epoch(channel_->number);
  return channel_;
}

// Where the system does not tell, a file that was written to a moment ago. A time in the future says nothing.
bool OutboxPass::may_be_written(const PendingFile& file, const spool::Claimed& claimed) {
  if (claimed.writers != platform::Writers::unknown) return claimed.writers == platform::Writers::some;
  const auto age = wall_now() - claimed.item->facts.modified;
  return !file.closed && age >= WallTime::duration::zero() && age < max_pause;
}

void OutboxPass::start(PendingFile file, std::optional<transfer::Burst>& burst, SteadyTime now) {
  using State = spool::Claimed::State;
  spool::Claimed claimed = spool_.claim(file.entry);
  if (claimed.state == State::gone) return deferred_files_.remove(file.entry);
  if (claimed.state == State::busy || (claimed.item && may_be_written(file, claimed))) {
    const auto ours = std::find_if(active_.begin(), active_.end(),
                                   [&](const Active& active) { return active.item.entry == file.entry; });
    if (ours == active_.end()) {
      ++counts_.busy;
      log::info(fmt::format("{}/{} is left alone: another process sends it, or writes it", file.entry.type,
                            text::printable(file.entry.name)));
    } else {
      ours->told_again = true;
    }
    return;
  }
  if (!claimed.item) return leave(file.entry, claimed.problem);
  auto channel = this->channel(now);
  if (!channel) {
    ++counts_.left;
    return give_up(channel.error());
  }
  if (claimed.item->facts.size > largest_gathered) burst.reset();  // nobody waits while it is read for its digest
  Active active;
  active.item = std::move(*claimed.item);
  active.channel = *channel;
  active.started = now;
  delivery::UploadSource source{active.item.path, file.entry.name, file.entry.type, active.item.file,
                                active.item.facts};
  auto upload = delivery::Upload::make(std::move(source), rules_.upload, active.channel->quirks, *active.channel->loop,
                                       locations_, rules_.options, selector_);
  if (!upload) return leave(file.entry, upload.error());
  active.upload = std::move(*upload);
  active.file = std::move(file);
  active.upload->start(now);
  active_.push_back(std::move(active));
  look_around(now);
}

// Beside a transfer that is under way: what is known of the other beacons is refreshed.
void OutboxPass::look_around(SteadyTime now) {
  if (look_ && look_->runs()) return;
  if (probe_channel_ != channel_) {
    look_.reset();
    probe_channel_ = channel_;
    look_.emplace(*channel_->loop, locations_, rules_.options, selector_);
  }
  look_->consider(now);
}

void OutboxPass::on_wakeup(SteadyTime now) {
  // More than one only while the transfers of a former channel end.
  std::vector<channel::Channel*> channels;
  for (const Active& active : active_) {
    const auto known = std::find(channels.begin(), channels.end(), active.channel.get());
    if (known == channels.end()) channels.push_back(active.channel.get());
  }
  if (look_ && look_->runs() && std::find(channels.begin(), channels.end(), probe_channel_.get()) == channels.end()) {
    channels.push_back(probe_channel_.get());
  }
  for (channel::Channel* channel : channels) {
    while (auto event = channel->loop->next(now)) {
      if (look_ && channel == probe_channel_.get() && look_->on_event(*event)) continue;
      for (Active& active : active_) {
        if (active.channel.get() != channel || !active.upload->owns(event->id)) continue;
        active.upload->on_event(*event, now);
        break;
      }
    }
  }
  go_on(now);
}

void OutboxPass::on_time(SteadyTime now) {
  for (Active& active : active_) {
    const auto wakes = active.upload->wakes_at();
    if (wakes && *wakes <= now) active.upload->on_time(now);
  }
  go_on(now);
}

std::optional<SteadyTime> OutboxPass::wakes_at() const {
  std::optional<SteadyTime> earliest = sync_at_;
  const auto take = [&](std::optional<SteadyTime> time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  for (const Active& active : active_) take(active.upload->wakes_at());
  if (stopped_ || stopped_by_) return earliest;
  take(resume_at_);
  const bool only_again = urgent_.empty() && !scan_ && deferred_.empty() && !resume_at_ && active_.size() < window();
  for (const PendingFile& file : retrying_) {
    if (only_again) take(file.due);
  }
  return earliest;
}

void OutboxPass::settle_ended(SteadyTime now) {
  for (std::size_t i = 0; i < active_.size();) {
    if (!active_[i].upload->settled()) {
      ++i;
      continue;
    }
    Active settled = std::move(active_[i]);
    if (i + 1 < active_.size()) active_[i] = std::move(active_.back());
    active_.pop_back();
    if (settled.upload->beacon() != nullptr) {
      delivered(settled, now);
    } else {
      failed(settled, now);
    }
  }
}

void OutboxPass::go_on(SteadyTime now) {
  settle_ended(now);
  fill(now);
  if (idle()) growth_ = 1;
  const bool due = sync_at_ && now >= *sync_at_;
  if (spool_.unsynced() >= removals_per_sync || due || (active_.empty() && spool_.unsynced() > 0)) sync(now);
}

void OutboxPass::delivered(const Active& active, SteadyTime now) {
  failed_in_a_row_ = 0;
  retry_ = 0;
  first_failure_.reset();
  deferred_files_.remove(active.item.entry);
  growth_ += 1 + static_cast<unsigned>(selector_.round_trip(wall_now()) / delay_per_growth);
  const auto removed = spool_.remove(active.item);
  // It is there, and what the name leads to now is sent as well.
  if (active.told_again) urgent_.push_back(active.item.entry);
  if (!removed) return leave(active.item.entry, removed.error());
  if (*removed == spool::Removal::changed) {
    const Error stays = spool::not_removed_because_changed(active.item.path);
    return active.told_again ? log::info(stays.line()) : leave(active.item.entry, stays);
  }
  if (!sync_at_) sync_at_ = now + longest_unsynced;
  ++counts_.delivered;
  counts_.bytes += active.upload->size();
  const std::chrono::duration<double> took = now - active.started;
  listener_.on_delivered(*active.upload, *active.upload->beacon(), took.count());
}

void OutboxPass::failed(const Active& active, SteadyTime now) {
  delivery::FailureContext failure_context;
  failure_context.action = "upload of " + active.item.path.string();
  failure_context.identity = active.channel->identity.get();
  failure_context.trust = &rules_.trust;
  failure_context.network_timeout = rules_.options.network_timeout;
  const std::vector<delivery::Failure>& failures = active.upload->failures();
  for (const delivery::Failure& failure : failures) {
    log::info(delivery::explain(failure_context, locations_[failure.location], failure.outcome).line());
  }
  const Error error = delivery::explain(failure_context, *active.upload);
  switch (active.upload->verdict()) {
    case delivery::Verdict::local: return unreadable(active, error);
    case delivery::Verdict::again: return try_later(active, error, now);
    case delivery::Verdict::set_aside: set_aside(active, error); break;
    case delivery::Verdict::declined: decline(active, error); break;
    case delivery::Verdict::blocked:
      if (delivery::beacons_are_out_of_use(failures)) {
        ++counts_.left;
        return give_up(error);
      }
      decline(active, error);
      break;
  }
  if (++failed_in_a_row_ >= failures_that_stop) give_up(refused(error));
}

void OutboxPass::unreadable(const Active& active, const Error& error) {
  if (!active.told_again) return leave(active.item.entry, error);
  log::info(error.line());
  urgent_.push_back(active.item.entry);
}

void OutboxPass::set_aside(const Active& active, const Error& error) {
  if (auto moved = spool_.set_aside(active.item, error.line()); !moved) return leave(active.item.entry, moved.error());
  deferred_files_.remove(active.item.entry);
  ++counts_.set_aside;
  listener_.on_failed(active.item.entry, error, true);
}

void OutboxPass::decline(const Active& active, const Error& error) {
  deferred_files_.add(active.item.entry);
  leave(active.item.entry, error);
}

void OutboxPass::leave(const spool::Entry& entry, const Error& error) {
  ++counts_.left;
  listener_.on_failed(entry, error, false);
}

// After all others; and those wait as well where they would fare no better.
void OutboxPass::try_later(const Active& active, const Error& error, SteadyTime now) {
  deferred_files_.add(active.item.entry);
  if (stopped_ || stopped_by_) {
    ++counts_.left;
    return;
  }
  PendingFile file = active.file;
  file.due = now;
  if (delivery::beacons_are_out_of_use(active.upload->failures())) {
    retrying_.push_back(std::move(file));
    return pause(*active.upload, error, now);
  }
  if (file.tries == 0) file.first_failure = now;
  const auto wait = wait_after(file.first_failure, ++file.tries, *active.upload, now);
  if (wait && retrying_.size() < most_told) {
    file.due += *wait;
    retrying_.push_back(std::move(file));
  } else {
    leave(active.item.entry, error);
  }
  if (++failed_in_a_row_ >= failures_that_stop) pause(*active.upload, refused(error), now);
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

void OutboxPass::pause(const delivery::Upload& upload, const Error& error, SteadyTime now) {
  if (resume_at_) return;  // another transfer has failed before: this one waits with it
  if (!first_failure_) first_failure_ = now;
  const auto wait = wait_after(*first_failure_, ++retry_, upload, now);
  if (!wait) return give_up(error);
  growth_ = 1;
  resume_at_ = now + *wait;
  log::info(fmt::format("{}; trying again in {} s", error.message, std::chrono::ceil<seconds>(*wait).count()));
}

void OutboxPass::give_up(const Error& error) {
  if (!stopped_by_) stopped_by_ = error;
  resume_at_.reset();
  scan_.reset();
  counts_.left += urgent_.size() + deferred_.size() + retrying_.size();
  urgent_.clear();
  deferred_.clear();
  retrying_.clear();
}

void OutboxPass::sync(SteadyTime now) {
  sync_at_.reset();
  if (auto synced = spool_.sync(); !synced) {
    log::error(synced.error().line());
    sync_at_ = now + seconds(10);
  }
}

}  // namespace muster::outbox
