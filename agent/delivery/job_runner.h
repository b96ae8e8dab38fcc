// Jobs that are under way, each on the port that it started with, and beside them the background probe. Serves the
// events of every port it knows, whether a job runs on it or not: a port reports that it has events once, and is silent
// until they are taken. One thread.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agent/beacon/background_probe.h"
#include "agent/delivery/job.h"

namespace muster::delivery {

class JobRunner {
 public:
  // May keep alive what belongs to the port, such as its channel.
  using Port = std::shared_ptr<transfer::PumpedPort>;

  // All outlive it.
  JobRunner(const beacon::Locations& locations, const transfer::TransferOptions& options, beacon::Selector& selector);

  // The job stays its owner's, who ends it here before it goes. What is known of other beacons is refreshed meanwhile.
  void start(Job& job, Port port, SteadyTime now);
  void end(const Job& job);

  void take_events(SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const;
  void wait();  // where one port is all that is waited for: its next event, or the time of a job

  void finish_probe();  // where the process ends: waits for it, as BackgroundProbe::finish() does
  void rest();          // while nothing runs: lets go of every port

 private:
  struct Running {
    Job* job;
    Port port;  // outlives what the job runs on it
  };

  std::vector<Port> known_ports() const;
  void dispatch(const Port& port, transfer::Event& event, SteadyTime now);
  void probe(SteadyTime now);

  const beacon::Locations& locations_;
  transfer::TransferOptions options_;
  beacon::Selector& selector_;

  std::vector<Running> running_;
  Port last_port_;
  Port probe_port_;
  std::optional<beacon::BackgroundProbe> probe_;  // ends before its port
};

}  // namespace muster::delivery
