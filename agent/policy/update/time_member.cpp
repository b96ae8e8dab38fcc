#include "agent/policy/update/time_member.h"

#include <algorithm>

namespace muster::update {

policy::JsonValue time_json(WallTime time) {
  const auto count = std::chrono::floor<seconds>(time.time_since_epoch()).count();
  return policy::JsonValue::of(static_cast<std::uint64_t>(std::max<seconds::rep>(0, count)));
}

WallTime time_in(policy::JsonMembers& members, std::string_view name) {
  constexpr std::uint64_t max_time = 7'258'118'400;
  return WallTime(seconds(static_cast<seconds::rep>(members.number(name, 0, max_time, 0))));
}

}  // namespace muster::update
