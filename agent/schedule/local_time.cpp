#include "agent/schedule/local_time.h"

#include <algorithm>

namespace muster::schedule {

using std::chrono::days;
using std::chrono::seconds;

Local to_local(Moment moment, const Zone& zone) { return Local((moment + zone(moment)).time_since_epoch()); }

Moment to_moment(Local local, const Zone& zone) {
  const Moment as_utc(local.time_since_epoch());
  const seconds before = zone(as_utc - days(1));
  const seconds after = zone(as_utc + days(1));

  const Moment by_old_offset = as_utc - before;
  const Moment by_new_offset = as_utc - after;
  const bool old_one_fits = zone(by_old_offset) == before;
  const bool new_one_fits = zone(by_new_offset) == after;
  if (old_one_fits && new_one_fits) return std::min(by_old_offset, by_new_offset);
  if (new_one_fits) return by_new_offset;
  return by_old_offset;
}

}  // namespace muster::schedule
