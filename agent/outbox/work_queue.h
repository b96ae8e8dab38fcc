// The order in which the files of a pass are tried: those that were reported as new, then what the scan finds, then
// those that failed in an earlier pass, then those that failed in this one. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "agent/spool/spool.h"

namespace muster::outbox {

struct QueuedFile {
  spool::Entry entry;
  bool scanned = false;                         // found by the scan, and not reported
  std::optional<platform::FileFacts> complete;  // as it was when it was found to be complete
  unsigned tries = 0;                           // that failed in this pass, while others went out
  SteadyTime first_failure{};
  SteadyTime due{};
};

class WorkQueue {
 public:
  static constexpr std::size_t max_urgent = 1000;
  static constexpr std::size_t max_retrying = 1000;
  static constexpr std::size_t max_deferred = 10'000;

  void start_scan(spool::Scan scan);  // what was deferred or retried is found by it again
  void scan_again(spool::Scan scan);  // for files that could not be remembered; the others stay
  bool has_room_for_urgent() const { return urgent_.size() < max_urgent; }
  void add_urgent(spool::Entry entry) { urgent_.push_back(std::move(entry)); }
  bool defer(spool::Entry entry);  // after what the scan finds; false: there are too many
  bool retry(QueuedFile file);     // at file.due; false: there are too many

  // The next file that may be tried now. Those that `may_start` holds back stay where they are; a scanned one is handed
  // out in any case, as the scan goes on.
  std::optional<QueuedFile> next(SteadyTime now, const std::function<bool(const spool::Entry&)>& may_start);

  // What the scan could not look into. A scan that has ended says so once.
  std::vector<Error> take_problems() { return std::exchange(problems_, {}); }
  bool take_scan_end() { return std::exchange(scan_ended_, false); }

  // Drops the files of a type, or all, and the scan with all; returns those that were known by name.
  std::vector<spool::Entry> drop(const std::string& type);
  std::vector<spool::Entry> drop_all();

  // Whether there is a file, or may be, that `may_start` lets through now or later.
  bool has_work(const std::function<bool(const spool::Entry&)>& may_start) const;
  std::optional<SteadyTime> next_retry() const;

 private:
  std::optional<QueuedFile> next_scanned();
  std::vector<spool::Entry> drop_where(const std::function<bool(const spool::Entry&)>& dropped);

  std::deque<spool::Entry> urgent_;
  std::optional<spool::Scan> scan_;
  std::deque<spool::Entry> deferred_;
  std::deque<QueuedFile> retrying_;
  std::vector<Error> problems_;
  bool scan_ended_ = false;
};

}  // namespace muster::outbox
