// What lies in a spool, without touching it: for people who look.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/spool/spool.h"

namespace muster::spool {

struct Backlog {
  std::uint64_t waiting = 0;
  std::uint64_t bytes = 0;
  std::optional<WallTime> oldest;  // modification time
  std::uint64_t set_aside = 0;
  std::vector<Error> problems;  // entries that will never go out as they are; the first hundred
};

Backlog backlog_of(Spool& spool);

}  // namespace muster::spool
