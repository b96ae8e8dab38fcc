// A beacon asked clients to wait, by Retry-After (RFC 9110, 10.2.3): unlike a penalty, no choice overrides it. Pure.
#pragma once

#include "platform/base/clock.h"

namespace muster::beacon {

struct RetryAfter {
  static constexpr std::chrono::hours max_wait{24};  // that is obeyed

  int status = 0;  // of the answer that asked
  WallTime since;
  WallTime until;

  // A clock that went back to before it began ends it: its length would be unknown.
  bool lasts(WallTime now) const { return since <= now && now < until; }
};

}  // namespace muster::beacon
