// How fast all transfers of a process may go together, in one direction: NetworkMaxRate as a token bucket, and the
// NetworkHighUsage family as a share of the time in which the line is used at all. Time is an argument.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "platform/base/clock.h"

namespace muster::transfer {

struct RateLimits {
  std::uint64_t most = 0;       // bytes a second; 0: no limit
  std::uint64_t fast_line = 0;  // bytes a second from which a line counts as fast; 0: no shares
  unsigned fast_share = 1000;   // thousandths of a fast line
  unsigned slow_share = 1000;   // thousandths of a slower one
  bool shares() const { return fast_line > 0 && (fast_share < 1000 || slow_share < 1000); }
  bool limits() const { return most > 0 || shares(); }
};

// One thread.
class RateLimiter {
 public:
  explicit RateLimiter(const RateLimits& rules) : rules_(rules) {}

  // Whether bytes may move now; otherwise when to ask again.
  bool may_send(SteadyTime now);
  SteadyTime ready_at(SteadyTime now) const;

  // What has moved since may_send() said yes. May be more than there was room for: the next bytes wait for it.
  void consume(std::uint64_t bytes);

 private:
  void refill(SteadyTime now);
  void begin_window(SteadyTime now);
  unsigned share() const;
  SteadyTime window_closes() const;

  RateLimits rules_;
  double room_ = 0;  // bytes
  std::optional<SteadyTime> refilled_;
  std::optional<SteadyTime> window_;  // begin of the current second
  std::uint64_t in_window_ = 0;
  double line_ = 0;  // bytes a second, as last seen while the line was used; 0: unknown
};

// For the loops of a process, which end and begin with their channels. Any thread.
class SharedRateLimiter {
 public:
  // Null when nothing is limited.
  static std::shared_ptr<SharedRateLimiter> make(const RateLimits& rules);
  explicit SharedRateLimiter(const RateLimits& rules) : up_(rules), down_(rules) {}

  enum class Way { up, down };
  bool may_send(Way way, SteadyTime now);
  SteadyTime ready_at(Way way, SteadyTime now);
  void consume(Way way, std::uint64_t bytes);

 private:
  RateLimiter& limiter(Way way) { return way == Way::up ? up_ : down_; }

  std::mutex mutex_;
  RateLimiter up_;
  RateLimiter down_;
};

}  // namespace muster::transfer
