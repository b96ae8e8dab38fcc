// What this process has learnt about the beacons of one direction: which one did well last, and which ones failed. It
// saves every transfer after the first one a race. One thread.
#pragma once

#include <optional>
#include <vector>

#include "platform/base/clock.h"

namespace muster::beacon {

class Standing {
 public:
  explicit Standing(std::size_t locations) : known_(locations) {}

  // `connect` is the TCP time where a connection was made, zero otherwise.
  void succeeded(std::size_t location, microseconds connect);
  // It goes to the end of the line until then; what was asked for by Retry-After counts in `penalty`.
  void failed(std::size_t location, seconds penalty, SteadyTime now);

  std::optional<std::size_t> favourite(SteadyTime now) const;
  bool penalised(std::size_t location, SteadyTime now) const { return known_[location].avoid_until > now; }

  // The round trip to the favourite as last measured, zero when unknown.
  microseconds round_trip() const;

  // How long the favourite may take before the others are started beside it.
  milliseconds patience() const;

 private:
  struct Known {
    SteadyTime avoid_until{};
    microseconds connect{0};
  };
  std::vector<Known> known_;
  std::optional<std::size_t> favourite_;
};

}  // namespace muster::beacon
