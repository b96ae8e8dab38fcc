#include "agent/transfer/event_queue.h"

#include <utility>

namespace muster::transfer {

// That a race is won changes nothing until a timer runs or a transfer ends: it wakes no thread.
void EventQueue::post(Event event) {
  if (event.kind != Event::Kind::passed) news_ = true;
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
}

void EventQueue::notify_owner() {
  if (!std::exchange(news_, false)) return;
  {
    const std::lock_guard lock(mutex_);
    if (events_.empty() || std::exchange(notified_, true)) return;  // taken already, or notified before
  }
  ready_.notify_one();
  if (notify_) notify_();
}

std::optional<Event> EventQueue::next(SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  const auto there = [this] { return !events_.empty(); };
  if (!there()) notified_ = false;  // the next event is notified
  // A deadline that has passed is a question, not a wait: asked after each event, it must not cost a system call.
  if (!there() && (deadline <= steady_now() || !ready_.wait_until(lock, deadline, there))) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace muster::transfer
