// Beacons and a network in simulated time, for the real selection code: what a race starts happens here, in order, and
// nothing waits. Times are milliseconds and seconds of the simulation.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/beacon/race.h"

namespace muster::testing {

struct SimulatedBeacon {
  enum class State { up, refuses, silent, frozen };  // frozen: TCP connects, and then nothing

  State state = State::up;
  double round_trip_ms = 10;
  double handshake_ms = 3;  // beyond its round trip
  double answer_ms = 2;     // beyond its round trip
  double mbit = 1000;       // of one transfer
  int status = 201;

  // Seen by the beacon since the start.
  unsigned connections = 0;
  unsigned handshakes = 0;
};

// Stands in for the loop of transfers. A host is the number of its beacon.
class SimulatedNetwork final : public transfer::Port {
 public:
  explicit SimulatedNetwork(std::vector<SimulatedBeacon> beacons) : beacons_(std::move(beacons)) {}

  std::vector<SimulatedBeacon>& beacons() { return beacons_; }
  SimulatedBeacon& beacon(std::size_t number) { return beacons_[number]; }
  unsigned connections() const;  // to all

  // A busy machine: the SYNs of probes that start together leave `gap_ms` apart, and no answer is seen before all left.
  double gap_ms = 0;
  std::vector<std::size_t> probe_order;  // by beacon: its turn to send; empty: as started

  // The next event before `deadline`, in seconds; time moves on to it, or to the deadline.
  std::optional<transfer::Event> next(double deadline);
  double now() const { return now_; }
  SteadyTime steady() const;
  WallTime wall() const;
  void sleep_until(double seconds) { now_ = std::max(now_, seconds); }

  transfer::ExchangeId start(transfer::Request request) override;
  transfer::ExchangeId start(transfer::Probe probe) override;
  void cancel(transfer::ExchangeId id) override;
  transfer::Group new_group() override { return ++last_group_; }

 private:
  struct Way {
    double connected_ms = 0;
    double ready_ms = 0;
    bool silent = false;
  };

  Way connect(std::size_t beacon, bool with_tls, bool has_socket);
  void happen(double ms, transfer::Event event);
  void end_losers(const transfer::Event& passed);

  std::vector<SimulatedBeacon> beacons_;
  double now_ = 0;
  std::multimap<double, transfer::Event> events_;
  std::map<transfer::ExchangeId, transfer::Group> contenders_;  // have not passed yet
  transfer::ExchangeId last_ = 0;
  transfer::Group last_group_ = 0;
};

}  // namespace muster::testing
