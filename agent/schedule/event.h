// A schedule as data: events, each with what is done and any number of triggers. It carries the schedules that existing
// beacons serve (.nds) and Muster's own.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/schedule/local_time.h"

namespace muster::schedule {

// Bit 0 is Monday.
using Weekdays = std::uint8_t;
inline constexpr Weekdays all_weekdays = 0x7f;

struct Trigger {
  enum class Kind {
    daily,       // every `every` days from `first_day` on
    weekly,      // every `every` weeks on `weekdays`, counted from the week of `first_day`
    once,        // when the schedule has come into force
    logon,       // when a user has logged on
    network_up,  // when a network has come up, or another one, at least `min_gap` after the last time
  };

  Kind kind = Kind::daily;
  unsigned every = 1;
  Weekdays weekdays = all_weekdays;
  Date first_day{};
  std::chrono::seconds time_of_day{0};  // local

  // Each occurrence is repeated every `repeat` within `duration`; 0: it is not.
  std::chrono::seconds repeat{0};
  std::chrono::seconds duration{0};

  // It is done at a moment within `window` of the occurrence that is always the same for one device.
  std::chrono::seconds window{0};
  // When the window was missed and the event is caught up: so long at most. 0: however late.
  std::chrono::seconds max_delay{0};
  std::chrono::seconds min_gap{0};  // between two occurrences; of network_up alone
};

enum class Action {
  inventory,     // take one and leave it in the spool
  discovery,     // listening services and neighbours
  uploads,       // go through the spool
  status,        // report this device's state
  certificates,  // look for renewed certificates and CRLs
  policy,        // fetch and apply it
  package,       // read the package at `argument` as policy
};

struct Event {
  std::string id;  // unique in the schedule, and the same in its next version
  std::string name;
  Action action = Action::inventory;
  std::string argument;
  bool catch_up = true;        // do it late rather than not at all
  bool needs_network = false;  // wait for one
  std::vector<Trigger> triggers;
};

using Schedule = std::vector<Event>;

// What is done before any policy has arrived: everything once or a few times a day, spread over all hours.
Schedule default_schedule();

}  // namespace muster::schedule
