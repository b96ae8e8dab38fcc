// How long an answer asks to stay away (RFC 9110, 10.2.3).
#pragma once

#include <optional>

#include "agent/transfer/reply.h"

namespace muster::transfer {

// Seconds, or a date less `now`; never negative, never more than a day: no answer silences a device for longer.
std::optional<seconds> retry_after(const Reply& reply, WallTime now);

}  // namespace muster::transfer
