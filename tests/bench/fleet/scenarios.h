// What the fleet goes through.
#pragma once

#include "tests/bench/fleet/simulation.h"

namespace muster::fleet {

// `devices` at four sites with five beacons each, one transfer an hour. After six hours the first beacon falls silent
// for two, comes back, is slow for two more, and is well again.
Scenario a_day(std::size_t devices);

// The same beacons, none of which fails, and one transfer a day, for two months.
Scenario two_months(std::size_t devices);

// Eleven beacons at one site, one of which takes two seconds more for its handshakes or for its answers; a second is
// the limit. A transfer every five minutes, all day.
Scenario one_of_eleven(std::size_t devices, bool slow_answers);

}  // namespace muster::fleet
