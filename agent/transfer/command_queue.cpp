#include "agent/transfer/command_queue.h"

#include <utility>

namespace muster::transfer {

bool CommandQueue::push(Command command) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = commands_.empty();
    commands_.push_back(std::move(command));
  }

  if (!first) return false;  // the loop has been woken and takes this one as well
  if (gathering_) gathered_ = true;
  return !gathering_;
}

bool CommandQueue::gather(bool on) {
  gathering_ = on;
  return std::exchange(gathered_, false);
}

void CommandQueue::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

bool CommandQueue::take_all(std::deque<Command>& taken) {
  const std::lock_guard lock(mutex_);
  taken.swap(commands_);
  return !stopping_;
}

}  // namespace muster::transfer
