// Keeps the spool within SpoolQuota whatever keeps files from being delivered, and counts for good what that cost.
#pragma once

#include <cstdint>
#include <filesystem>

#include "agent/spool/spool.h"

namespace muster::outbox {

// Removes what is too much, with a warning for each file, and adds it to the total in the folder `state`. Returns how
// many files went. A quota of 0 is none.
std::uint64_t apply_quota(spool::Spool& spool, std::uint64_t quota, const std::filesystem::path& state);

// How many have gone since the state began.
std::uint64_t total_dropped_for_quota(const std::filesystem::path& state);

}  // namespace muster::outbox
