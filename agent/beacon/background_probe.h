// A connection in the background that refreshes what is known of a beacon: TCP and TLS, and where only an
// answer tells a request for the headers of the location's folder. One at a time, and never in the way: a transfer does
// not wait for it.
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
  ~BackgroundProbe();

  void consider(SteadyTime now);                // begins one where it is worth it; asked for each transfer
  bool on_event(const transfer::Event& event);  // true: it was about this one
  bool runs() const { return id_.has_value(); }

 private:
  transfer::ExchangeId start(const Location& location);

  transfer::Port& port_;
  const Locations& locations_;
  transfer::TransferOptions options_;
  Selector& selector_;
  std::optional<transfer::ExchangeId> id_;
  std::size_t location_ = 0;
  bool asks_ = false;  // for headers
  SteadyTime began_{};
  WallTime began_wall_{};
  std::optional<SteadyTime> considered_;
};

}  // namespace muster::beacon
