// Times as seconds since 1970, bounded. Private to this folder; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "platform/base/clock.h"
#include "platform/base/text.h"

namespace muster::platform {

// nullopt for 0, which stands for an unknown time, and for what the clock cannot hold (after the year 2261).
inline std::optional<WallTime> time_of(std::uint64_t epoch) {
  const auto max = std::chrono::duration_cast<seconds>(WallTime::max().time_since_epoch()).count();
  return epoch > 0 && epoch <= static_cast<std::uint64_t>(max) ? std::optional(WallTime(seconds(epoch))) : std::nullopt;
}

inline std::optional<WallTime> time_of(std::string_view number) {
  const auto epoch = text::to_number(number);
  return epoch ? time_of(*epoch) : std::nullopt;
}

}  // namespace muster::platform
