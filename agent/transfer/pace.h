// How fast all transfers of a process may go together, in one direction: NetworkMaxRate as a token bucket, and the
// NetworkHighUsage family as a share of the time in which the line is used at all. Time is an argument.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "platform/base/clock.h"

namespace muster::transfer {

struct PaceRules {
  std::uint64_t most = 0;       // bytes a second; 0: no limit
  std::uint64_t fast_line = 0;  // bytes a second from which a line counts as fast; 0: no shares
  unsigned fast_share = 1000;   // thousandths of a fast line
  unsigned slow_share = 1000;   // thousandths of a slower one
  bool shares() const { return fast_line > 0 && (fast_share < 1000 || slow_share < 1000); }
  bool limits() const { return most > 0 || shares(); }
};

// One thread.
class Pace {
 public:
  explicit Pace(const PaceRules& rules) : rules_(rules) {}

  // Whether bytes may move now; otherwise when to ask again.
  bool open(SteadyTime now);
  SteadyTime opens_at(SteadyTime now) const;

  // What has moved since open() said yes. May be more than there was room for: the next bytes wait for it.
  void moved(std::uint64_t bytes);

 private:
  void refill(SteadyTime now);
  void begin_window(SteadyTime now);
  unsigned share() const;
  SteadyTime window_closes() const;

  PaceRules rules_;
  double room_ = 0;  // bytes
  std::optional<SteadyTime> refilled_;
  std::optional<SteadyTime> window_;  // begin of the current second
  std::uint64_t in_window_ = 0;
  double line_ = 0;  // bytes a second, as last seen while the line was used; 0: unknown
};

// For the loops of a process, which end and begin with their generations. Any thread.
class SharedPace {
 public:
  // Null when nothing is limited.
  static std::shared_ptr<SharedPace> make(const PaceRules& rules);
  explicit SharedPace(const PaceRules& rules) : up_(rules), down_(rules) {}

  enum class Way { up, down };
  bool open(Way way, SteadyTime now);
  SteadyTime opens_at(Way way, SteadyTime now);
  void moved(Way way, std::uint64_t bytes);

 private:
  Pace& pace(Way way) { return way == Way::up ? up_ : down_; }

  std::mutex mutex_;
  Pace up_;
  Pace down_;
};

}  // namespace muster::transfer
