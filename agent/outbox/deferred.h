// The files that failed in the last passes through the spool: they are tried after all others, so that those which fail
// every time do not keep the rest from being tried at all. Kept in state/, as a command knows nothing else of the one
// before. Names are remembered as digests, a thousand at most.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "agent/spool/spool.h"

namespace muster::outbox {

class DeferredFiles {
 public:
  // What was kept in the folder `state`; an empty path: nothing is kept.
  explicit DeferredFiles(const std::filesystem::path& state);

  void begin_pass();                         // none has been seen yet
  bool contains(const spool::Entry& entry);  // and has now been seen
  void end_pass();                           // forgets what was not seen: it is gone
  void add(const spool::Entry& entry);       // the oldest goes when there are too many
  void remove(const spool::Entry& entry);
  bool empty() const { return known_.empty(); }

  // Writes it where it has changed. Losing it costs a pass in another order.
  void keep();

 private:
  struct Known {
    std::uint64_t order = 0;
    bool seen = false;
  };

  std::filesystem::path file_;
  std::map<std::string, Known> known_;
  std::uint64_t last_order_ = 0;
  bool changed_ = false;
};

}  // namespace muster::outbox
