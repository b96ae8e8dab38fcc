// Keeps a spool within a size. What has to go is never in transfer, and goes in a stated order: first what was set
// aside, oldest first; then what waits, oldest first, but never the newest of its type, which is worth most.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "agent/spool/spool.h"

namespace muster::spool {

// Bytes of what waits and what is set aside.
std::uint64_t used_bytes(Spool& spool);

// Removes files until the spool has `quota` bytes at most, or nothing is left that may go. `on_removed` is called
// for each; they are gone for good. Returns their number. Lasting when it returns.
std::uint64_t enforce_quota(Spool& spool, std::uint64_t quota, const std::function<void(const Item&)>& on_removed);

}  // namespace muster::spool
