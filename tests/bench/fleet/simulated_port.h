// Stands in for the loop of transfers: what the race starts happens in simulated time.
#pragma once

#include <map>
#include <vector>

#include "agent/beacon/race.h"
#include "tests/bench/fleet/world.h"

namespace muster::fleet {

SteadyTime steady_at(double seconds);
WallTime wall_at(double seconds);

class SimulatedPort final : public transfer::Port {
 public:
  // For one transfer that begins at `now`, in seconds. A host is the number of its beacon. Slower answers than
  // `limit_ms` have stalled.
  SimulatedPort(World& world, const std::vector<Path>& paths, double now, double limit_ms)
      : world_(world), paths_(paths), now_(now), limit_ms_(limit_ms) {}

  transfer::ExchangeId start(transfer::Request request) override;
  transfer::ExchangeId start(transfer::Probe probe) override;
  void cancel(transfer::ExchangeId id) override;
  transfer::Group new_group() override { return 1; }

  // The next event before `deadline`, in seconds; time moves on to it, or to the deadline.
  std::optional<transfer::Event> next(double deadline);
  double now() const { return now_; }
  unsigned connections() const { return connections_; }

 private:
  transfer::ExchangeId fail(std::size_t beacon);
  void happen(double ms, transfer::Event event);

  World& world_;
  const std::vector<Path>& paths_;
  double now_;
  double limit_ms_;
  std::multimap<double, transfer::Event> happenings_;
  std::vector<transfer::ExchangeId> contenders_;  // have not passed yet
  transfer::ExchangeId last_ = 0;
  unsigned connections_ = 0;
};

}  // namespace muster::fleet
