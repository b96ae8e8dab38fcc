// An alarm by the wall clock. It rings at its time whether the device slept meanwhile or not, and when the clock is
// set.
#pragma once

#include <optional>

#include "platform/base/clock.h"
#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

class WallAlarm {
 public:
  static Result<WallAlarm> make();

  enum class Ring { none, time, clock_was_set };

  // For wait_any(): ready when it rings.
  const UniqueFd& handle() const { return handle_; }

  // Replaces the former time; nullopt: it rings when the clock is set, and only then. A time that is past rings at
  // once.
  void set(std::optional<WallTime> time) const;

  // Why it rang, once.
  Ring take() const;

 private:
  explicit WallAlarm(UniqueFd handle) : handle_(std::move(handle)) {}

  UniqueFd handle_;
};

}  // namespace muster::platform
