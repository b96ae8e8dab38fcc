// Local time and what it means on the common clock. Pure: the zone is a function from a moment to its offset.
#pragma once

#include <chrono>
#include <functional>

namespace muster::schedule {

using Moment = std::chrono::sys_seconds;   // on the common clock
using Local = std::chrono::local_seconds;  // what the wall clock here shows
using Date = std::chrono::local_days;

// How far local time is ahead of UTC at a moment. Offsets are below 26 hours, and change at most once in two days.
using Zone = std::function<std::chrono::seconds(Moment)>;

Local to_local(Moment moment, const Zone& zone);

// The moment at which the wall clock shows `local`. Where it shows it twice, the first one; where it never shows it,
// the clock being put forward, as long after the change as it would have been without: 02:30 becomes 03:30.
Moment to_moment(Local local, const Zone& zone);

}  // namespace muster::schedule
