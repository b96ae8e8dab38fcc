// How often a policy may have the device do something, and what it does in any case. Pure.
#pragma once

#include <optional>

#include "agent/policy/document.h"
#include "agent/schedule/event.h"
#include "platform/base/clock.h"

namespace muster::policy {

inline constexpr seconds shortest_gap{15 * 60};  // between two runs that a policy may ask for

// Refuses repetitions closer together than a quarter of an hour, more than 500 occurrences a day in all, repeated and
// reserved ids.
Status judge_schedule(const schedule::Schedule& schedule);

// One event by itself; `path` names it in the reason.
Status judge_event(const schedule::Event& event, const std::string& path);

// The schedule that is in force: the policy's events, the default ones of every action for which it has none that comes
// at least once a month from now on, and always the default daily request for policy. So a policy can move everything,
// and stop nothing.
schedule::Schedule in_force(const std::optional<schedule::Schedule>& of_policy, WallTime now);

}  // namespace muster::policy
