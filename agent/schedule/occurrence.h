// When a trigger occurs, by the calendar alone. Pure.
#pragma once

#include <optional>

#include "agent/schedule/event.h"
#include "agent/schedule/local_time.h"

namespace muster::schedule {

// The first occurrence later than `moment`, and the last one at or before it; repetitions count as occurrences. Nothing
// for a trigger that the calendar does not decide about, one that is wrong (`every` 0, no weekday), and before the
// first.
std::optional<Moment> occurrence_after(const Trigger& trigger, Moment moment, const Zone& zone);
std::optional<Moment> occurrence_until(const Trigger& trigger, Moment moment, const Zone& zone);

}  // namespace muster::schedule
