// Runs one scenario under one strategy, and says what came of it.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/fleet/strategy.h"

namespace muster::fleet {

// From `at_s` on a beacon is like this.
struct Change {
  double at_s = 0;
  std::size_t beacon = 0;
  SimulatedBeacon::State state = SimulatedBeacon::State::up;
  double slow_handshake_ms = 0;
  double slow_answer_ms = 0;
};

struct Scenario {
  std::string name;
  std::size_t devices = 0;
  std::size_t sites = 1;
  std::size_t beacons_per_site = 1;
  double interval_s = 3600;  // of the transfers of one device
  double until_s = 0;
  double steady_from_s = 0;  // loads and successes are counted all the time, the other figures between these two
  double steady_to_s = 0;
  double limit_ms = 30'000;  // a longer wait for an answer is a failure
  std::vector<Change> changes;
};

struct Figures {
  std::size_t transfers = 0;    // in the steady part
  double load_max_to_mean = 0;  // of the site where it is worst
  double p50_ms = 0;            // to the first byte
  double p99_ms = 0;
  double oracle_p50_ms = 0;  // of one that knows how every beacon and the network are now
  double oracle_p99_ms = 0;
  double extra_connections = 0;  // per transfer, beside its own
  double cold_connections = 0;   // the same of one device, in all that comes before the steady part
  double delivered = 0;          // share of all transfers, at last
  double at_first = 0;           // share of them that met no failure
  // Of each beacon, in windows of five minutes, as a share of what is even.
  std::vector<std::vector<double>> loads;
};

Figures simulate(const Scenario& scenario, const std::string& strategy);

}  // namespace muster::fleet
