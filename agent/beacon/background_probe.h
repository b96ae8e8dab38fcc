// A request in the background for the headers of a location's folder: it refreshes what is known of the beacon, and
// finds out whether a fault is gone. One at a time, and never in the way: a transfer does not wait for it.
#pragma once

#include <optional>

#include "agent/beacon/selector.h"
#include "agent/transfer/loop.h"

namespace muster::beacon {

class BackgroundProbe {
 public:
  // All outlive it.
  BackgroundProbe(transfer::Port& port, const Locations& locations, const transfer::TransferOptions& options,
                  Selector& selector);
  BackgroundProbe(const BackgroundProbe&) = delete;
  BackgroundProbe& operator=(const BackgroundProbe&) = delete;
  ~BackgroundProbe() { stop(steady_now()); }

  // Begins one where it is worth it; called for each transfer.
  void consider(SteadyTime now, WallTime wall = wall_now());
  bool on_event(const transfer::Event& event, WallTime wall = wall_now());  // true: it was about this one
  bool runs() const { return id_.has_value(); }

  // Where the process ends: waits for what it would otherwise never learn, but no longer than the beacon's patience,
  // a quarter of a second as a rule. `port` is the one of the constructor.
  void finish(transfer::PumpedPort& port);
  SteadyTime patience_ends() const { return began_ + patience_; }
  void stop(SteadyTime now, WallTime wall = wall_now());

 private:
  transfer::Port& port_;
  const Locations& locations_;
  transfer::TransferOptions options_;
  Selector& selector_;
  std::optional<SteadyTime> considered_;

  // The one that runs.
  std::optional<transfer::ExchangeId> id_;
  std::size_t location_ = 0;
  SteadyTime began_{};
  WallTime began_wall_{};
  milliseconds patience_{0};
};

}  // namespace muster::beacon
