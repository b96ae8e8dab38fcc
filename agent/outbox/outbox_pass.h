// Empties the spool: claims its files one after the other, sends as many at once as the round trip asks for, and
// settles each: removed when delivered, set aside when refused for good, otherwise left where it is.
//
// A state machine without waiting; one thread. Its owner waits for `wakeup` of the channels and for wakes_at().
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agent/beacon/background_probe.h"
#include "agent/channel/channel.h"
#include "agent/delivery/failure/explain.h"
#include "agent/delivery/retry_policy.h"
#include "agent/delivery/upload.h"
#include "agent/outbox/deferred.h"
#include "agent/spool/spool.h"

namespace muster::outbox {

// Values, taken when the drain is made.
struct PassRules {
  transfer::TransferOptions options;
  delivery::UploadRules upload;
  delivery::RetrySettings retry;
  unsigned most_transfers = 1;  // MaxConcurrentTransfers
  ssl::TrustSettings trust;     // for the words of failures
  std::filesystem::path state;  // where the files that failed are remembered; empty: they are not
};

// Who wants to hear of single files.
class PassListener {
 public:
  virtual ~PassListener() = default;
  virtual void on_delivered(const delivery::Upload& upload, const beacon::Location& location, double took_s) = 0;
  virtual void on_failed(const spool::Entry& entry, const Error& error, bool set_aside) = 0;
};

struct PassCounts {
  std::uint64_t delivered = 0;
  std::uint64_t bytes = 0;
  std::uint64_t set_aside = 0;
  std::uint64_t left = 0;  // failed, or could not be opened: still in the spool
  std::uint64_t busy = 0;  // another process works on them, or still writes them
};

class OutboxPass {
 public:
  // All outlive the drain.
  OutboxPass(spool::Spool& spool, channel::ChannelSource& channels, const beacon::Locations& locations,
             beacon::Selector& selector, const PassRules& rules, PassListener& listener);
  OutboxPass(const OutboxPass&) = delete;
  OutboxPass& operator=(const OutboxPass&) = delete;
  ~OutboxPass();

  void look(SteadyTime now);                     // goes through the whole spool, from now on or once more
  void add(spool::Entry entry, SteadyTime now);  // this file first; when given up, after resume()
  void resume(SteadyTime now);                   // having given up: tries the files that were added since
  void on_wakeup(SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const;
  void keep_failed() { deferred_files_.keep(); }  // for the next pass, in whatever process
  void finish_probe();                            // where the process ends: learns what is under way in the background
  void rest();                                    // while idle: closes the connections
  void stop() { stopped_ = true; }                // starts nothing more; what is in flight goes on

  // Nothing in flight, nothing to start: done, or given up as stopped_by() says until look().
  bool idle() const;
  std::size_t in_flight() const { return active_.size(); }

  const PassCounts& counts() const { return counts_; }
  PassCounts take_counts() { return std::exchange(counts_, {}); }  // and begins to count anew
  // Why the rest was not tried: what would happen to every file.
  const std::optional<Error>& stopped_by() const { return stopped_by_; }

 private:
  // A file to be tried; one that has failed is tried again after all others.
  struct PendingFile {
    spool::Entry entry;
    bool closed = false;  // by its writer, as this process has seen
    unsigned tries = 0;   // that failed, while others went out
    SteadyTime first_failure{};
    SteadyTime due{};
  };
  struct Active {
    PendingFile file;
    spool::Item item;
    std::shared_ptr<channel::Channel> channel;
    std::unique_ptr<delivery::Upload> upload;  // goes before its channel
    SteadyTime started{};
    bool told_again = false;  // somebody has written to the file, or put it there once more
  };

  void refresh();
  std::optional<PendingFile> next_file(SteadyTime now);
  std::optional<spool::Entry> next_scanned();
  void fill(SteadyTime now);
  unsigned window() const;
  void look_around(SteadyTime now);
  bool may_be_written(const PendingFile& file, const spool::Claimed& claimed);
  void start(PendingFile file, std::optional<transfer::Burst>& burst, SteadyTime now);
  Result<std::shared_ptr<channel::Channel>> channel(SteadyTime now);
  void settle_ended(SteadyTime now);
  void go_on(SteadyTime now);
  void delivered(const Active& active, SteadyTime now);
  void failed(const Active& active, SteadyTime now);
  void unreadable(const Active& active, const Error& error);
  void set_aside(const Active& active, const Error& error);
  void decline(const Active& active, const Error& error);
  void leave(const spool::Entry& entry, const Error& error);
  void try_later(const Active& active, const Error& error, SteadyTime now);
  std::optional<milliseconds> wait_after(SteadyTime first_failure, unsigned tries, const delivery::Upload& upload,
                                         SteadyTime now) const;
  void pause(const delivery::Upload& upload, const Error& error, SteadyTime now);
  void give_up(const Error& error);
  void sync(SteadyTime now);

  spool::Spool& spool_;
  channel::ChannelSource& channels_;
  const beacon::Locations& locations_;
  PassRules rules_;
  PassListener& listener_;
  beacon::Selector& selector_;

  std::optional<spool::Scan> scan_;
  std::deque<spool::Entry> urgent_;    // told of: before what the scan finds
  std::deque<spool::Entry> deferred_;  // failed in an earlier pass: after what the scan finds
  std::deque<PendingFile> retrying_;   // failed in this one: after them all
  DeferredFiles deferred_files_;
  std::vector<Active> active_;
  std::shared_ptr<channel::Channel> channel_;
  SteadyTime channel_checked_{};
  std::shared_ptr<channel::Channel> probe_channel_;
  std::optional<beacon::BackgroundProbe> look_;  // goes before its channel
  std::optional<SteadyTime> resume_at_;
  std::optional<SteadyTime> sync_at_;
  unsigned retry_ = 0;  // further tries since something was last delivered
  std::optional<SteadyTime> first_failure_;
  unsigned failed_in_a_row_ = 0;
  unsigned growth_ = 1;  // how many at once the deliveries so far justify
  bool stopped_ = false;
  std::optional<Error> stopped_by_;
  PassCounts counts_;
};

}  // namespace muster::outbox
