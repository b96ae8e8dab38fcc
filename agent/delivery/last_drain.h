// What the last pass through the spool came to, for `muster status`: kept in state/, replaced as a whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "platform/base/clock.h"

namespace muster::delivery {

struct LastDrain {
  WallTime time;
  std::uint64_t delivered = 0;
  std::uint64_t set_aside = 0;
  std::uint64_t left = 0;
  std::uint64_t sacrificed = 0;  // to the quota
  std::string error;             // one line; empty: none
};

// `state` is the folder. Not lasting at once: losing it costs nothing but the memory of it. Failing to write it is no
// reason to fail at anything else, so that it is told by a warning only.
void remember(const std::filesystem::path& state, const LastDrain& last);

// nullopt: there was none, or what is there cannot be read.
std::optional<LastDrain> recall(const std::filesystem::path& state);

}  // namespace muster::delivery
