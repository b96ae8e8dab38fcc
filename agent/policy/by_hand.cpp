#include "agent/policy/by_hand.h"

#include <algorithm>

#include "platform/base/text.h"

namespace muster::policy {

bool ByHand::has(beacon::Direction direction, std::string_view id) const {
  return std::any_of(locations.begin(), locations.end(), [&](const HandLocation& one) {
    return one.direction == direction && text::equal_ignoring_case(one.id, id);
  });
}

}  // namespace muster::policy
