#include "agent/outbox/running_uploads.h"

#include <algorithm>

#include "platform/base/timer_set.h"

namespace muster::outbox {
namespace {

constexpr milliseconds channel_interval{20};
constexpr seconds slow_after{3};

}  // namespace

RunningUploads::RunningUploads(channel::ChannelSource& channels, const beacon::Locations& locations,
                               const transfer::TransferOptions& options, beacon::Selector& selector)
    : channels_(channels), locations_(locations), options_(options), selector_(selector) {}

Result<std::shared_ptr<channel::Channel>> RunningUploads::channel(SteadyTime now) {
  if (channel_ && channel_checked_ && now < *channel_checked_ + channel_interval) return channel_;
  auto current = channels_.current(wall_now());
  if (!current) return current;

  channel_ = *current;
  channel_checked_ = now;
  selector_.use_epoch(channel_->number);
  return channel_;
}

void RunningUploads::start(RunningUpload upload, SteadyTime now) {
  upload.started = now;
  upload.upload->start(now);
  running_.push_back(std::move(upload));
  probe(now);
}

// Beside a transfer that is under way: refreshes what is known of the other beacons.
void RunningUploads::probe(SteadyTime now) {
  if (probe_ && probe_->runs()) return;
  if (probe_channel_ != channel_) {
    probe_.reset();
    probe_channel_ = channel_;
    probe_.emplace(*channel_->loop, locations_, options_, selector_);
  }
  probe_->consider(now);
}

unsigned RunningUploads::count_slow(SteadyTime now) const {
  const auto count = std::count_if(running_.begin(), running_.end(), [&](const RunningUpload& one) {
    return one.upload->reached_beacon() && one.started + slow_after <= now;
  });
  return static_cast<unsigned>(count);
}

std::optional<SteadyTime> RunningUploads::next_slow(SteadyTime now) const {
  std::optional<SteadyTime> next;
  for (const RunningUpload& one : running_) {
    const SteadyTime slow = one.started + slow_after;
    if (one.upload->reached_beacon() && slow > now) next = earlier(next, slow);
  }
  return next;
}

RunningUpload* RunningUploads::find(const spool::Entry& entry) {
  const auto found =
      std::find_if(running_.begin(), running_.end(), [&](const RunningUpload& one) { return one.item.entry == entry; });
  return found == running_.end() ? nullptr : &*found;
}

std::optional<RunningUpload> RunningUploads::take_settled() {
  const auto settled =
      std::find_if(running_.begin(), running_.end(), [](const RunningUpload& one) { return one.upload->settled(); });
  if (settled == running_.end()) return std::nullopt;
  RunningUpload taken = std::move(*settled);
  if (&*settled != &running_.back()) *settled = std::move(running_.back());
  running_.pop_back();
  return taken;
}

// More than one only while the transfers of a former channel end.
std::vector<std::shared_ptr<channel::Channel>> RunningUploads::known_channels() const {
  std::vector<std::shared_ptr<channel::Channel>> known;
  const auto add = [&](const std::shared_ptr<channel::Channel>& channel) {
    if (channel && std::find(known.begin(), known.end(), channel) == known.end()) known.push_back(channel);
  };
  add(channel_);
  add(probe_channel_);
  for (const RunningUpload& one : running_) add(one.channel);
  return known;
}

void RunningUploads::on_wakeup(SteadyTime now) {
  for (const auto& channel : known_channels()) {
    while (auto event = channel->loop->next(now)) dispatch(*channel, *event, now);
  }
}

void RunningUploads::dispatch(const channel::Channel& channel, transfer::Event& event, SteadyTime now) {
  if (probe_ && &channel == probe_channel_.get() && probe_->on_event(event)) return;
  const auto owner = std::find_if(running_.begin(), running_.end(), [&](const RunningUpload& one) {
    return one.channel.get() == &channel && one.upload->owns(event.id);
  });
  if (owner != running_.end()) owner->upload->on_event(event, now);
}

void RunningUploads::on_time(SteadyTime now) {
  for (RunningUpload& one : running_) {
    const auto wakes = one.upload->wakes_at();
    if (wakes && *wakes <= now) one.upload->on_time(now);
  }
}

std::optional<SteadyTime> RunningUploads::wakes_at() const {
  std::optional<SteadyTime> first;
  for (const RunningUpload& one : running_) first = earlier(first, one.upload->wakes_at());
  return first;
}

void RunningUploads::finish_probe() {
  if (probe_) probe_->finish(*probe_channel_->loop);
}

void RunningUploads::rest() {
  probe_.reset();
  probe_channel_.reset();
  channel_.reset();
  channels_.rest();
}

}  // namespace muster::outbox
