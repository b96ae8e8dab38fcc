// The choice of the product: choose(), next_background_probe(), Race and what is learnt, as Selector, BackgroundProbe
// and Job join them.
#pragma once

#include "agent/beacon/choice.h"
#include "tests/bench/fleet/simulated_port.h"
#include "tests/bench/fleet/strategy.h"

namespace muster::fleet {

class MusterStrategy final : public Strategy {
 public:
  MusterStrategy(std::size_t devices, World& world);
  Delivery deliver(std::size_t device, double now, const std::vector<Path>& paths, double limit_ms) override;

 private:
  struct Known {
    std::vector<beacon::Candidate> candidates;
    std::vector<beacon::Record> records;
  };

  beacon::Situation situation(const Known& known, const std::vector<bool>& tried, double now) const;
  bool probe(Known& known, double now, const std::vector<Path>& paths, double limit_ms);
  std::optional<beacon::RunnerResult> race(Known& known, const beacon::Choice& choice, SimulatedPort& port,
                                           std::vector<bool>& tried);
  void fail(beacon::Record& record, const transfer::Outcome& outcome, double began, double now);

  World& world_;
  std::vector<Known> known_;  // by device
  beacon::SelectionRules rules_;
};

}  // namespace muster::fleet
