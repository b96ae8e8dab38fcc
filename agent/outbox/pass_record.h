// What the last pass through the spool came to, for `muster status`: kept in state/, replaced as a whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "platform/base/clock.h"

namespace muster::outbox {

struct PassRecord {
  WallTime time;
  std::uint64_t delivered = 0;
  std::uint64_t set_aside = 0;
  std::uint64_t left = 0;
  std::uint64_t dropped_for_quota = 0;  // to the quota
  std::string error;                    // one line; empty: none
};

// `state` is the folder. Not lasting at once: losing it costs nothing but the memory of it. Failing to write it is no
// reason to fail at anything else, so it is only a warning.
void remember(const std::filesystem::path& state, const PassRecord& last);

// nullopt: there was none, or what is there cannot be read.
std::optional<PassRecord> recall(const std::filesystem::path& state);

}  // namespace muster::outbox
