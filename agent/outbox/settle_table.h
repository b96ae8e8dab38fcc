// The files that are not proven complete yet. A file is complete when one of these holds:
//   - this process saw its writer close or rename it,
//   - the system says that no process has it open for writing,
//   - its size and times have not changed for a minute of the monotonic clock.
// It is then left alone for one more tick of its file system's clock: a rewrite within that tick would change neither
// size nor times, and the new content would be removed as if it had been sent.
//
// Pure: the caller observes files and passes times. One thread; at most `max_files` are remembered.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "agent/spool/spool.h"
#include "platform/file_writers.h"

namespace muster::outbox {

// Why a file is not sent now.
enum class Settling {
  complete,  // it is
  tick,      // the rest of a tick
  quiet,     // unknown whether it is complete: a minute without a change decides
  writer,    // a process has it open for writing
};

class SettleTable {
 public:
  static constexpr std::size_t max_files = 4096;

  // A writer closed the file or renamed it into place.
  void closed(const spool::Entry& entry, SteadyTime now);
  // A name appeared without a word from its writer, such as a link.
  void named(const spool::Entry& entry, SteadyTime now);
  // It was written to again: what was seen before proves nothing.
  void written(const spool::Entry& entry);

  // It is to be examined again: it changed while it was sent.
  void recheck(const spool::Entry& entry, SteadyTime now);

  // Judges what was found when the file was to be sent. Unless complete, it is due later.
  Settling judge(const spool::Entry& entry, const platform::FileFacts& facts, platform::Writers writers, SteadyTime now,
                 WallTime wall);
  void forget(const spool::Entry& entry);

  // The next file that is to be examined again; it stays in the table until it is complete or forgotten.
  std::optional<spool::Entry> take_due(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const;

  // Whether a file is only a moment away from being sent, so that the pass is not over.
  bool settles_soon() const { return soon_ > 0; }

  // Files were left out because the table was full, and a scan can find them now that it is half empty; true once.
  bool take_overflow() { return files_.size() <= max_files / 2 && std::exchange(overflow_, false); }

 private:
  struct File {
    std::optional<platform::FileFacts> facts;
    SteadyTime since{};  // the facts have not changed
    SteadyTime due{};
    bool closed = false;
    bool soon = false;
  };
  using Files = std::map<std::string, File>;

  File* file_of(const spool::Entry& entry);
  void plan(const std::string& name, File& file, SteadyTime due, bool soon);
  void unplan(const std::string& name, File& file);

  Files files_;  // by "Type/name"
  std::set<std::pair<SteadyTime, std::string>> by_due_;
  std::size_t soon_ = 0;
  bool overflow_ = false;
};

}  // namespace muster::outbox
