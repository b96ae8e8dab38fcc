// Events on their way up from the thread of a loop. Private to this folder.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "agent/transfer/loop.h"
#include "platform/base/clock.h"

namespace muster::transfer {

class EventQueue {
 public:
  explicit EventQueue(std::function<void()> notify) : notify_(std::move(notify)) {}

  // On the thread of the loop. notify_owner() once for all events of a turn: notified of each, the deciding thread
  // would take turns with this one.
  void post(Event event);
  void notify_owner();

  std::optional<Event> next(SteadyTime deadline);  // the deciding thread

 private:
  std::function<void()> notify_;
  bool news_ = false;  // an event that the owner waits for was posted in this turn; the loop's thread
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Event> events_;
  bool notified_ = false;  // the owner was notified and has not taken all events yet
};

}  // namespace muster::transfer
