#include "agent/transfer/rate_limiter.h"

#include <algorithm>

namespace muster::transfer {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double burst_s = 0.1;  // room for so much is saved up while nothing moves
constexpr seconds window_length{1};
constexpr milliseconds shortest_pause{5};
constexpr unsigned whole_line = 1000;

}  // namespace

bool RateLimiter::may_send(SteadyTime now) {
  refill(now);
  begin_window(now);
  const bool in_time = share() >= whole_line || now < window_closes();
  return in_time && (rules_.most == 0 || room_ > 0);
}

SteadyTime RateLimiter::ready_at(SteadyTime now) const {
  SteadyTime time = now + shortest_pause;
  if (rules_.most > 0 && room_ <= 0) {
    const Seconds wait(-room_ / static_cast<double>(rules_.most));
    time = std::max(time, now + std::chrono::ceil<milliseconds>(wait));
  }
  if (window_ && share() < whole_line && now >= window_closes()) time = std::max(time, *window_ + window_length);
  return time;
}

void RateLimiter::consume(std::uint64_t bytes) {
  room_ -= static_cast<double>(bytes);
  in_window_ += bytes;
}

void RateLimiter::refill(SteadyTime now) {
  const auto rate = static_cast<double>(rules_.most);
  const Seconds passed = refilled_ ? Seconds(now - *refilled_) : Seconds(burst_s);
  room_ = std::min(room_ + passed.count() * rate, burst_s * rate);
  refilled_ = now;
}

// What moved in the last window, over the time in which it was open, is the line's speed.
void RateLimiter::begin_window(SteadyTime now) {
  if (window_ && now < *window_ + window_length) return;
  if (window_ && in_window_ > 0) {
    const double open_s =
        std::min(whole_line, share()) / static_cast<double>(whole_line) * Seconds(window_length).count();
    line_ = static_cast<double>(in_window_) / open_s;
  }
  window_ = now;
  in_window_ = 0;
}

unsigned RateLimiter::share() const {
  if (!rules_.shares()) return whole_line;
  const bool fast = line_ >= static_cast<double>(rules_.fast_line);
  return fast ? rules_.fast_share : rules_.slow_share;
}

SteadyTime RateLimiter::window_closes() const { return *window_ + milliseconds(window_length) * share() / whole_line; }

std::shared_ptr<SharedRateLimiter> SharedRateLimiter::make(const RateLimits& rules) {
  return rules.limits() ? std::make_shared<SharedRateLimiter>(rules) : nullptr;
}

bool SharedRateLimiter::may_send(Way way, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  return limiter(way).may_send(now);
}

SteadyTime SharedRateLimiter::ready_at(Way way, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  return limiter(way).ready_at(now);
}

void SharedRateLimiter::consume(Way way, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  limiter(way).consume(bytes);
}

}  // namespace muster::transfer
