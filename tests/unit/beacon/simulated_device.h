// A device that transfers files over a SimulatedNetwork, with the selection code of the product: Selector with its
// file, Race and background probe, joined as a delivery joins them.
#pragma once

#include <optional>
#include <string>

#include "agent/beacon/background_probe.h"
#include "tests/unit/beacon/simulated_network.h"
#include "tests/unit/platform/scratch_folder.h"

namespace muster::testing {

struct SimulatedTransfer {
  bool delivered = false;
  std::size_t beacon = 0;
  double seconds = 0;  // until the answer was whole
};

class SimulatedDevice {
 public:
  // `algorithms` as SelectorAlgorithm has them. Beacon N has the host "N".
  SimulatedDevice(SimulatedNetwork& network, std::string name, std::string algorithms = "Fastest",
                  beacon::Direction direction = beacon::Direction::upload);

  beacon::Location& location(std::size_t number) { return locations_[number]; }

  // One transfer by a process of its own that ends with it, at `seconds` or later.
  SimulatedTransfer transfer(double seconds, std::uint64_t bytes = 20'000);
  // Several by one process, one after the other.
  std::vector<SimulatedTransfer> burst(double seconds, std::size_t count, std::uint64_t bytes = 20'000);

 private:
  struct Process {
    beacon::Selector selector;
    beacon::BackgroundProbe probe;
  };

  beacon::Selector open() const;
  std::optional<beacon::RunnerResult> race(Process& process, const beacon::Choice& choice, std::vector<bool>& tried,
                                           std::uint64_t bytes);
  beacon::Runner runner_for(const beacon::Place& place, std::uint64_t bytes) const;
  SimulatedTransfer deliver(Process& process, std::uint64_t bytes);

  SimulatedNetwork& network_;
  std::string name_;
  beacon::SelectionRules rules_;
  beacon::Direction direction_;
  beacon::Locations locations_;
  ScratchFolder state_;
};

}  // namespace muster::testing
