// Dates in header fields (RFC 9110, 5.6.7).
#pragma once

#include <optional>
#include <string>

#include "platform/base/clock.h"

namespace muster::transfer {

std::optional<WallTime> parse_http_date(const std::string& value);  // nullopt: not a date

}  // namespace muster::transfer
