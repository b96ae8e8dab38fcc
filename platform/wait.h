// Waiting for several things at once, without polling.
#pragma once

#include <optional>
#include <span>

#include "platform/base/clock.h"
#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Wakes a thread that waits. signal() may be called on any thread, also when no thread waits: the next wait ends at
// once.
class Wakeup {
 public:
  Wakeup();
  Status usable() const;  // an error when there was no descriptor left for it: waits would end at their deadline only

  void signal() const;
  void clear() const;  // the waiting thread, before it looks at what it was woken for
  const UniqueFd& handle() const { return handle_; }

 private:
  UniqueFd handle_;
};

// Returns when one of the handles is ready, or at the deadline; nullopt: waits for ever. Empty handles
// are left out. May return early.
void wait_any(std::span<const UniqueFd* const> handles, std::optional<SteadyTime> deadline);

}  // namespace muster::platform
