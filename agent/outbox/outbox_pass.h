// A pass over the spool: takes its files one after the other, sends as many at once as the round trip asks for, and
// settles each: removed when delivered, set aside when refused for good, otherwise left where it is.
//
// A state machine without waiting; one thread. Its owner waits for the `wakeup` of the channels and for wakes_at().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/delivery/failure/explain.h"
#include "agent/delivery/retry_policy.h"
#include "agent/delivery/upload.h"
#include "agent/outbox/digest_worker.h"
#include "agent/outbox/pending_table.h"
#include "agent/outbox/running_uploads.h"
#include "agent/outbox/settle_table.h"
#include "agent/outbox/type_breakers.h"
#include "agent/outbox/window.h"
#include "agent/outbox/work_queue.h"
#include "agent/spool/spool.h"
#include "platform/base/timer_set.h"

namespace muster::outbox {

// Values, taken when the pass is made.
struct PassRules {
  transfer::TransferOptions options;
  delivery::UploadRules upload;
  delivery::RetrySettings retry;
  unsigned max_transfers = 1;    // MaxConcurrentTransfers
  ssl::TrustSettings trust;      // for the explanation of failures
  std::string type;              // the only type that is sent; empty: all
  std::filesystem::path state;   // where the pending files are kept; empty: they are not
  bool waits_for_quiet = false;  // it lives long enough to see that a file does not change for a minute
  std::function<void()> notify;  // called on another thread when on_wakeup() has something to do; may be empty
};

// Hears of single files.
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
  enum class Pending { when_due, all };  // which of the files that failed before are tried

  // All outlive the pass.
  OutboxPass(spool::Spool& spool, channel::ChannelSource& channels, const beacon::Locations& locations,
             beacon::Selector& selector, const PassRules& rules, PassListener& listener);
  OutboxPass(const OutboxPass&) = delete;
  OutboxPass& operator=(const OutboxPass&) = delete;
  ~OutboxPass();

  // Goes through the whole spool, from now on or again.
  void start_pass(Pending pending, SteadyTime now);

  // What was reported of a file while the pass lives: its writer closed or renamed it; its name appeared; it is being
  // written to. Complete files are tried first; while held_back(), after resume().
  void on_closed(const spool::Entry& entry, SteadyTime now);
  void on_named(const spool::Entry& entry, SteadyTime now);
  void on_written(const spool::Entry& entry);
  bool held_back(const std::string& type) const { return progress_.stopped_by || breakers_.is_stopped(type); }
  void resume(SteadyTime now);
  // Why all of it waits may have passed: it goes on at once.
  void end_pause(SteadyTime now);

  void on_wakeup(SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const;
  void keep_pending() { pending_.keep(); }          // for the next pass, in whatever process
  void finish_probe() { running_.finish_probe(); }  // where the process ends: learns what is in progress
  void rest() { running_.rest(); }                  // while idle: closes the connections
  void stop();                                      // starts nothing more; what is in flight goes on

  // Nothing in flight, nothing to start: done, or given up as stopped_by() says until start_pass().
  bool idle() const;
  bool take_ended();  // idle, for the first time since something was done
  std::size_t in_flight() const { return running_.size(); }

  const PassCounts& counts() const { return counts_; }
  PassCounts take_counts() { return std::exchange(counts_, {}); }  // and counts from zero
  // Why the rest was not tried, or the rest of the first type that was stopped.
  std::optional<Error> stopped_by() const;

 private:
  enum class Timer { resume, sync, count };

  // A file that is claimed while its digest is taken on the other thread.
  struct Preparing {
    std::uint64_t id = 0;
    QueuedFile file;
    spool::Item item;
    bool changed = false;
  };
  struct Digests {
    DigestWorker worker;
    std::uint64_t last_id = 0;
    std::vector<Preparing> files;
  };
  struct Progress {
    Pending pending = Pending::all;
    bool stopped = false;             // by stop()
    std::optional<Error> stopped_by;  // what would happen to every file
    unsigned retries = 0;             // further tries since something was last delivered
    std::optional<SteadyTime> first_failure;
    bool worked = false;
    bool scan_was_complete = true;
  };

  void refresh();
  void go_on(SteadyTime now);

  // Which file is next.
  void take_settled_files(SteadyTime now);
  std::optional<QueuedFile> next_file(SteadyTime now);
  bool worth_trying(const QueuedFile& file, SteadyTime now);
  void report_scan();
  bool has_room(SteadyTime now) const;  // for one more upload
  void fill(SteadyTime now);

  // From the claim to the first byte.
  void start(QueuedFile file, std::optional<transfer::Burst>& burst, SteadyTime now);
  bool mark_changed(const spool::Entry& entry);
  bool is_complete(const QueuedFile& file, const spool::Claimed& claimed, SteadyTime now);
  bool remove_again(const spool::Item& item);
  bool needs_worker(const spool::Item& item) const;
  void prepare(QueuedFile file, spool::Item item);
  void launch_prepared(SteadyTime now);
  void launch(Preparing prepared, std::optional<std::string> digest, SteadyTime now);

  // What becomes of it.
  void settle_ended(SteadyTime now);
  void delivered(const RunningUpload& upload, SteadyTime now);
  void not_removed(const RunningUpload& upload, const Error& error, SteadyTime now);
  void failed(const RunningUpload& upload, SteadyTime now);
  void unreadable(const RunningUpload& upload, const Error& error);
  void set_aside(const RunningUpload& upload, const Error& error);
  void decline(const spool::Entry& entry, const Error& error);
  void leave(const spool::Entry& entry, const Error& error);
  void try_later(const RunningUpload& upload, const Error& error, SteadyTime now);

  // Whether the rest is tried.
  std::optional<milliseconds> wait_after(SteadyTime first_failure, unsigned tries, const delivery::Upload& upload,
                                         SteadyTime now) const;
  void refused_one_more(const std::string& type, const Error& error);
  void pause(const delivery::Upload& upload, const Error& error, SteadyTime now);
  void pause_type(const std::string& type, const delivery::Upload& upload, const Error& error, SteadyTime now);
  void stop_type(const std::string& type, const Error& error);
  void give_up(const Error& error);
  void drop(const std::vector<spool::Entry>& entries);
  void sync(SteadyTime now);

  // What it works with.
  spool::Spool& spool_;
  const beacon::Locations& locations_;
  beacon::Selector& selector_;
  PassRules rules_;
  PassListener& listener_;

  // The files, by how far they have come.
  SettleTable settling_;
  WorkQueue queue_;
  Digests digests_;
  RunningUploads running_;
  PendingTable pending_;

  // When and how much.
  TypeBreakers breakers_;
  Window window_;
  TimerSet<Timer> timers_;
  Progress progress_;
  PassCounts counts_;
};

}  // namespace muster::outbox
