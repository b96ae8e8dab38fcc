// When an event is to be done next. Pure: time, zone and what is known of the device are arguments, so that ten years
// can be simulated in a second.
#pragma once

#include <optional>
#include <string_view>

#include "agent/schedule/event.h"
#include "agent/schedule/local_time.h"

namespace muster::schedule {

// What is known beside the time.
struct DeviceState {
  Zone zone;
  double share = 0;  // of the window, from 0 to below 1: spread_share()
  Moment
      awake_since;  // the agent has been at work without a break since then: start, end of a sleep, change of the clock
  Moment in_force_since;  // of the schedule
  std::optional<Moment> last_logon = {};
  std::optional<Moment> last_network_up = {};
};

struct Due {
  Moment at;          // may be past: then now
  Moment occurrence;  // to be recorded as `last` when it is done
};

// The next time for one trigger of an event; `last` is the occurrence that was done last. Every occurrence is done at
// most once. It is done within its window, which ends where the next occurrence starts at the latest; when the device
// was not awake at its moment, in the rest of the window; when that is over, it is caught up within a quarter of an
// hour where `catch_up` allows it, only the last one of several. A `last` that lies more than a day ahead comes of a
// wrong clock and does not count. Nothing: never, as things are.
std::optional<Due> next_due(const Trigger& trigger, bool catch_up, Moment now, std::optional<Moment> last,
                            const DeviceState& state);

// Where in the windows of an event this device has its place: the same for ever, and evenly spread over devices.
double spread_share(std::string_view device, std::string_view event);

}  // namespace muster::schedule
