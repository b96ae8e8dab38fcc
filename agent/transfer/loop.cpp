#include "agent/transfer/loop.h"

#include "agent/transfer/loop_thread.h"

namespace muster::transfer {

Loop::Loop(std::unique_ptr<Thread> thread) : thread_(std::move(thread)) {}

Result<std::unique_ptr<Loop>> Loop::open(ssl::ClientContext context, std::function<void()> notify,
                                         std::shared_ptr<SharedRateLimiter> limiter) {
  auto thread = std::make_unique<Thread>(std::move(context), std::move(notify), std::move(limiter));
  if (auto started = thread->start(); !started) return tl::unexpected(started.error());
  return std::unique_ptr<Loop>(new Loop(std::move(thread)));
}

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

void Loop::gather(bool on) { thread_->gather(on); }

}  // namespace muster::transfer
