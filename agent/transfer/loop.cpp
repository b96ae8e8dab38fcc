#include "agent/transfer/loop.h"

#include "agent/transfer/loop_thread.h"

namespace muster::transfer {

Loop::Loop(ssl::ClientContext context, std::function<void()> notify, std::shared_ptr<SharedPace> pace)
    : thread_(std::make_unique<Thread>(std::move(context), std::move(notify), std::move(pace))) {}

Loop::~Loop() = default;

ExchangeId Loop::start(Request request) {
  thread_->command({++last_id_, std::move(request)});
  return last_id_;
}

ExchangeId Loop::start(Probe probe) {
  thread_->command({++last_id_, std::move(probe)});
  return last_id_;
}

void Loop::cancel(ExchangeId id) { thread_->command({id, Cancel{}}); }

Group Loop::new_group() { return ++last_group_; }

std::optional<Event> Loop::next(SteadyTime deadline) { return thread_->next(deadline); }

}  // namespace muster::transfer
