// The files of the spool that are not sent again at once, with the reason: they failed before, or they were delivered
// and cannot be removed. Kept in state/pending, shared by the agent and all commands; names are kept as digests. It
// also remembers how many files of a type were refused since one was taken, for the type's circuit breaker. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "agent/spool/claims.h"
#include "agent/spool/spool.h"

namespace muster::outbox {

// A file that was delivered: while it is the same one, it only has to be removed.
struct DeliveredFile {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  WallTime status_changed{};
  bool operator==(const DeliveredFile&) const = default;
};

DeliveredFile delivered_file(const platform::FileFacts& facts);

struct PendingFile {
  WallTime not_before{};
  unsigned tries = 0;
  std::string type;
  std::string why;                         // one line
  std::optional<DeliveredFile> delivered;  // nullopt: it has not been delivered

  // A time that no wait of ours can lead to is not believed: the clock was set.
  bool is_due(WallTime now) const;
};

class PendingTable {
 public:
  static constexpr std::size_t max_files = 10'000;

  // What was kept in the folder `state`; an empty path: nothing is kept. `claims` may be null where it is only read.
  PendingTable(const std::filesystem::path& state, std::shared_ptr<spool::Claims> claims);

  void begin_pass();                                   // none has been seen yet
  const PendingFile* find(const spool::Entry& entry);  // and has now been seen
  void end_pass();                                     // forgets what was not seen, as it is gone
  bool empty() const { return files_.empty(); }

  // It is not tried again for a while; or at once, but after all others, where nothing can be sent at present.
  void failed(const spool::Entry& entry, const std::string& why, WallTime now);
  void interrupted(const spool::Entry& entry, const std::string& why);
  void not_removed(const spool::Entry& entry, const platform::FileFacts& facts, const std::string& why, WallTime now);
  void remove(const spool::Entry& entry);

  // A file of the type that had failed went out: the others may be tried again at once.
  void forgive(const std::string& type);
  // How many of a type were refused, in all passes since there was no refused file of it.
  unsigned refusals(const std::string& type) const;
  void refused(const std::string& type);

  // Writes what has changed here over what other processes have written meanwhile. Losing it costs a repetition.
  void keep();
  void keep_if_delivered();  // only where a file was delivered and not removed since: it would be sent again

 private:
  struct Row {
    PendingFile file;
    bool seen = true;
  };
  struct Content {
    std::map<std::string, Row> files;          // by digest
    std::map<std::string, unsigned> refusals;  // by type
  };

  static std::string digest_of(const spool::Entry& entry);
  static Content parse(const std::string& text);
  static std::string text_of(const Content& content);
  Content read() const;
  void put(const spool::Entry& entry, PendingFile file);
  void make_room();

  std::filesystem::path file_;
  std::shared_ptr<spool::Claims> claims_;
  std::map<std::string, Row> files_;
  std::map<std::string, unsigned> refusals_;
  std::set<std::string> changed_files_;  // since the last keep()
  std::set<std::string> changed_types_;
  bool delivered_ = false;
  bool reported_ = false;  // that it cannot be written
};

}  // namespace muster::outbox
