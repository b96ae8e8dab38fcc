// The uploads of a pass that are under way, each on the channel that it started with. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "agent/channel/channel.h"
#include "agent/delivery/job_runner.h"
#include "agent/delivery/upload.h"
#include "agent/outbox/work_queue.h"

namespace muster::outbox {

struct RunningUpload {
  QueuedFile file;
  spool::Item item;
  std::shared_ptr<channel::Channel> channel;
  std::unique_ptr<delivery::Upload> upload;  // ends before its channel
  SteadyTime started{};
  bool changed = false;  // the file was written to, or replaced, while it was sent
};

class RunningUploads {
 public:
  // All outlive it.
  RunningUploads(channel::ChannelSource& channels, const beacon::Locations& locations,
                 const transfer::TransferOptions& options, beacon::Selector& selector);

  // The channel for the next upload; the credentials on disk are checked every 20 ms at most.
  Result<std::shared_ptr<channel::Channel>> channel(SteadyTime now);
  void check_channel_again() { channel_checked_.reset(); }  // a repair may be what the next upload is started for
  const std::shared_ptr<channel::Channel>& last_channel() const { return channel_; }

  void start(RunningUpload upload, SteadyTime now);
  RunningUpload* find(const spool::Entry& entry);
  std::optional<RunningUpload> take_settled();
  std::size_t size() const { return running_.size(); }
  // Those that have been with a beacon for so long that others should not wait for them, and when the next one will.
  unsigned count_slow(SteadyTime now) const;
  std::optional<SteadyTime> next_slow(SteadyTime now) const;

  void on_wakeup(SteadyTime now) { runner_.take_events(now); }
  void on_time(SteadyTime now) { runner_.on_time(now); }
  std::optional<SteadyTime> wakes_at() const { return runner_.wakes_at(); }
  void finish_probe() { runner_.finish_probe(); }
  void rest();  // while nothing runs: closes the connections

 private:
  channel::ChannelSource& channels_;
  beacon::Selector& selector_;
  std::vector<RunningUpload> running_;
  std::shared_ptr<channel::Channel> channel_;
  std::optional<SteadyTime> channel_checked_;
  delivery::JobRunner runner_;
};

}  // namespace muster::outbox
