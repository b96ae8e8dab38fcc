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
    : channels_(channels), selector_(selector), runner_(locations, options, selector) {}

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
  const std::shared_ptr<channel::Channel> channel = upload.channel;
  running_.push_back(std::move(upload));
  runner_.start(*running_.back().upload, {channel, channel->loop.get()}, now);
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
  runner_.end(*taken.upload);
  if (&*settled != &running_.back()) *settled = std::move(running_.back());
  running_.pop_back();
  return taken;
}

void RunningUploads::rest() {
  runner_.rest();
  channel_.reset();
  channels_.rest();
}

}  // namespace muster::outbox
