// Tells the service manager that the loop goes round, where the manager wants to know (WatchdogSec=). One thread.
#pragma once

#include "agent/service/task.h"
#include "platform/service_host.h"

namespace muster::service {

class Watchdog final : public Task {
 public:
  std::vector<const platform::UniqueFd*> handles() const override { return {}; }
  void on_wakeup(SteadyTime) override {}

  void on_time(SteadyTime now) override {
    if (!due_ || now < *due_) return;
    platform::tell_alive();
    due_ = now + *period_ / 2;
  }
  std::optional<SteadyTime> wakes_at() const override { return due_; }
  void stop() override {}  // a loop that is ending goes round as well

 private:
  std::optional<microseconds> period_ = platform::watchdog_period();
  std::optional<SteadyTime> due_ = period_ ? std::optional(steady_now() + *period_ / 2) : std::nullopt;
};

}  // namespace muster::service
