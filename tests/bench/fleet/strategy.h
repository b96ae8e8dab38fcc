// One way of choosing a beacon, for the whole fleet.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/fleet/world.h"

namespace muster::fleet {

struct Delivery {
  bool delivered = false;
  std::size_t beacon = 0;
  double first_byte_ms = 0;  // from the choice to the first byte of the answer
  unsigned connections = 0;  // made for it, with those in the background
  unsigned attempts = 0;     // requests that a beacon saw
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  virtual Delivery deliver(std::size_t device, double now, const std::vector<Path>& paths, double limit_ms) = 0;
};

// "muster" is the code of the product, "random", "fastest", "mgsping" and "two-choices" are its peers (peers.h).
// nullptr: there is no such one. `world` outlives it.
std::unique_ptr<Strategy> make_strategy(const std::string& name, std::size_t devices, World& world);

}  // namespace muster::fleet
