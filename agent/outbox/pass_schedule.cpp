#include "agent/outbox/pass_schedule.h"

#include <algorithm>

namespace muster::outbox {
namespace {

constexpr seconds first_interval{60};
constexpr seconds max_interval{3600};
constexpr unsigned max_doublings = 6;
constexpr seconds resume_interval{5};
constexpr seconds rest_after{60};
constexpr seconds safety_interval{600};

// Twice as long after each pass that left something behind, in the upper half of it by chance.
milliseconds interval_after(unsigned passes_in_vain, double random) {
  const seconds whole = std::min(first_interval * (1 << std::min(passes_in_vain, max_doublings)), max_interval);
  const double share = 0.5 + random / 2;
  return milliseconds(static_cast<long>(share * 1000 * static_cast<double>(whole.count())));
}

}  // namespace

void PassSchedule::pass_started(SteadyTime now) {
  timers_.clear(Timer::pass);
  timers_.clear(Timer::resume);
  timers_.set(Timer::safety, now + safety_interval);
  pass_started_ = now;
  something_left_ = false;
}

void PassSchedule::pass_ended(const PassCounts& counts, bool gave_up, std::optional<milliseconds> asked_wait,
                              double random, SteadyTime now) {
  timers_.set(Timer::rest, now + rest_after);
  something_left_ = something_left_ || counts.left > 0 || gave_up;

  if (counts.delivered > 0) {
    passes_in_vain_ = 0;
    if (timers_.is_set(Timer::pass)) scan_by(std::max(now, pass_started_ + first_interval));
  }
  const bool again = something_left_ || counts.busy > 0;
  if (again && !timers_.is_set(Timer::pass)) {
    timers_.set(Timer::pass, now + interval_after(passes_in_vain_++, random));
  }
  if (gave_up && asked_wait && timers_.is_set(Timer::pass)) {
    timers_.set(Timer::pass, std::max(*timers_.at(Timer::pass), now + *asked_wait));
  }
}

void PassSchedule::file_held_back(std::optional<milliseconds> asked_wait, SteadyTime now) {
  if (timers_.is_set(Timer::resume)) return;
  const SteadyTime soon = std::max(now, resumed_ + resume_interval);
  timers_.set(Timer::resume, asked_wait ? std::max(soon, now + *asked_wait) : soon);
}

bool PassSchedule::take_pass_due(SteadyTime now) {
  const bool due = timers_.take_due(Timer::pass, now);
  return timers_.take_due(Timer::safety, now) || due;
}

bool PassSchedule::take_resume_due(SteadyTime now) {
  if (!timers_.take_due(Timer::resume, now)) return false;
  resumed_ = now;
  return true;
}

}  // namespace muster::outbox
