// Times in documents: whole seconds since 1970, as every program and shell can write them.
#pragma once

#include "agent/policy/json_members.h"
#include "platform/base/clock.h"

namespace muster::update {

// A time before 1970 becomes 0.
policy::JsonValue time_json(WallTime time);

// 0 where the member is missing. What lies after the year 2200 is refused.
WallTime time_in(policy::JsonMembers& members, std::string_view name);

}  // namespace muster::update
