#include "agent/spool/quota.h"

#include <algorithm>
#include <map>
#include <queue>

#include "agent/spool/entry_name.h"

namespace muster::spool {
namespace {

using State = platform::OpenEntry::State;

constexpr seconds quiet_time{60};           // then a writer that cannot be seen is taken to have finished
constexpr std::size_t most_at_once = 1000;  // candidates held in memory

struct Candidate {
  WallTime modified;
  Entry entry;
  bool operator<(const Candidate& other) const { return modified < other.modified; }  // the newest on top
};

// What was set aside goes with its reason; a reason alone is a file like others.
bool goes_with_its_file(Spool& spool, const Entry& entry) {
  return is_reason(entry.name) && spool.examine({entry.type, file_of_reason(entry.name)}).state != State::gone;
}

template <class Act>
void for_each_file(Spool& spool, const Act& act) {
  Scan scan = spool.scan();
  while (const auto entry = scan.next()) {
    const platform::OpenEntry found = spool.examine(*entry);
    if (found.state == State::open) act(*entry, found.facts);
  }
}

std::uint64_t bytes_in(Spool& spool) {
  std::uint64_t bytes = 0;
  for_each_file(spool, [&](const Entry&, const platform::FileFacts& facts) { bytes += facts.size; });
  return bytes;
}

// The oldest files, oldest first; of what waits without the newest of each type.
std::vector<Candidate> oldest_of(Spool& spool, bool waiting) {
  std::map<std::string, Candidate> newest;
  if (waiting) {
    for_each_file(spool, [&](const Entry& entry, const platform::FileFacts& facts) {
      Candidate& known = newest[entry.type];
      if (known.entry.name.empty() || facts.modified > known.modified) known = {facts.modified, entry};
    });
  }

  std::priority_queue<Candidate> oldest;
  for_each_file(spool, [&](const Entry& entry, const platform::FileFacts& facts) {
    if (!waiting && goes_with_its_file(spool, entry)) return;
    const auto kept = newest.find(entry.type);
    if (kept != newest.end() && kept->second.entry == entry) return;
    oldest.push({facts.modified, entry});
    if (oldest.size() > most_at_once) oldest.pop();
  });

  std::vector<Candidate> sorted;
  for (; !oldest.empty(); oldest.pop()) sorted.push_back(oldest.top());
  std::reverse(sorted.begin(), sorted.end());
  return sorted;
}

// What was removed may be less than `excess`.
struct Removed {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

bool has_removed(Spool& spool, const Item& item) {
  const auto removed = spool.remove(item);
  return removed && *removed == Removal::removed;
}

bool may_be_written(const Claimed& claimed) {
  if (claimed.writers != platform::Writers::unknown) return claimed.writers == platform::Writers::some;
  const auto age = wall_now() - claimed.item->facts.status_changed;
  return age >= WallTime::duration::zero() && age < quiet_time;
}

std::uint64_t remove_reason(Spool& spool, const Entry& entry) {
  const Claimed reason = spool.claim({entry.type, reason_name(entry.name)});
  return reason.item && has_removed(spool, *reason.item) ? reason.item->facts.size : 0;
}

Removed remove_oldest(Spool& spool, std::uint64_t excess, bool waiting,
                      const std::function<void(const Item&)>& on_removed) {
  Removed removed;
  for (bool progress = true; progress && removed.bytes < excess;) {
    progress = false;
    for (const Candidate& candidate : oldest_of(spool, waiting)) {
      if (removed.bytes >= excess) break;

      const Claimed claimed = spool.claim(candidate.entry);
      if (!claimed.item || may_be_written(claimed) || !has_removed(spool, *claimed.item)) continue;
      removed.bytes += claimed.item->facts.size;
      if (!waiting) removed.bytes += remove_reason(spool, candidate.entry);
      ++removed.files;
      progress = true;
      on_removed(*claimed.item);
    }
  }

  static_cast<void>(spool.sync());  // what comes back after a crash is removed again
  return removed;
}

}  // namespace

std::uint64_t used_bytes(Spool& spool) {
  auto rejected = spool.rejected();
  return bytes_in(spool) + (rejected ? bytes_in(**rejected) : 0);
}

std::uint64_t enforce_quota(Spool& spool, std::uint64_t quota, const std::function<void(const Item&)>& on_removed) {
  const std::uint64_t used = used_bytes(spool);
  if (used <= quota) return 0;
  const std::uint64_t excess = used - quota;
  Removed removed;
  if (auto rejected = spool.rejected()) removed = remove_oldest(**rejected, excess, false, on_removed);
  if (removed.bytes >= excess) return removed.files;
  return removed.files + remove_oldest(spool, excess - removed.bytes, true, on_removed).files;
}

}  // namespace muster::spool
