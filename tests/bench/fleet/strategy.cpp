#include "tests/bench/fleet/strategy.h"

#include "tests/bench/fleet/muster_strategy.h"
#include "tests/bench/fleet/peers.h"

namespace muster::fleet {

std::unique_ptr<Strategy> make_strategy(const std::string& name, std::size_t devices, World& world) {
  if (name == "muster") return std::make_unique<MusterStrategy>(devices, world);
  if (name == "random") return std::make_unique<Random>(world);
  if (name == "fastest") return std::make_unique<AlwaysFastest>(devices, world);
  if (name == "mgsping") return std::make_unique<MgsPing>(devices, world);
  if (name == "two-choices") return std::make_unique<TwoChoices>(world);
  return nullptr;
}

}  // namespace muster::fleet
