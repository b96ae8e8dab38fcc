// When the agent goes through the spool again: later and later while files are left, soon after a success, and slowly
// in any case, as the system does not report everything. Pure; one thread.
#pragma once

#include <optional>

#include "agent/outbox/outbox_pass.h"
#include "platform/base/timer_set.h"

namespace muster::outbox {

class PassSchedule {
 public:
  // For scanning instead of watching, where folders cannot be watched.
  static constexpr seconds watchless_interval{60};

  void restart() { passes_in_vain_ = 0; }  // other preferences: what failed before may succeed
  void pass_started(SteadyTime now);
  void scan_by(SteadyTime time) { timers_.set_at_latest(Timer::pass, time); }

  // `gave_up`: the rest was not tried. `asked_wait`: all beacons asked clients to wait so long.
  void pass_ended(const PassCounts& counts, bool gave_up, std::optional<milliseconds> asked_wait, double random,
                  SteadyTime now);
  // A new file is held back, as the pass has given up: it is tried soon, but not with each new file.
  void file_held_back(std::optional<milliseconds> asked_wait, SteadyTime now);
  void busy() { timers_.clear(Timer::rest); }

  bool take_pass_due(SteadyTime now);
  bool take_resume_due(SteadyTime now);
  bool take_rest_due(SteadyTime now) { return timers_.take_due(Timer::rest, now); }
  std::optional<SteadyTime> wakes_at() const { return timers_.earliest(); }

  bool something_left() const { return something_left_; }  // by the last whole pass, or since

 private:
  enum class Timer { pass, resume, rest, safety, count };

  TimerSet<Timer> timers_;
  SteadyTime pass_started_{};
  SteadyTime resumed_{};
  unsigned passes_in_vain_ = 0;
  bool something_left_ = false;
};

}  // namespace muster::outbox
