// Keeps the spool within SpoolQuota whatever keeps files from being delivered, and counts for good what that cost.
#pragma once

#include <cstdint>
#include <filesystem>

#include "agent/spool/spool.h"

namespace muster::delivery {

// Removes what is too much, with a warning for each file, and adds it to the total in the folder `state`. Returns how
// many files went. A quota of 0 is none.
std::uint64_t make_room(spool::Spool& spool, std::uint64_t quota, const std::filesystem::path& state);

// How many have gone since the state began.
std::uint64_t removed_for_room(const std::filesystem::path& state);

}  // namespace muster::delivery
