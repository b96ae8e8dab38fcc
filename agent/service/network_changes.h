// Reports that the network has changed: once for all that belongs together, after a moment of this device's own, and
// not more often than every ten seconds. One thread.
#pragma once

#include <functional>

#include "agent/service/task.h"
#include "platform/network_watch.h"

namespace muster::service {

class NetworkChanges final : public Task {
 public:
  explicit NetworkChanges(std::function<void(SteadyTime now)> changed) : changed_(std::move(changed)) {}

  std::vector<const platform::UniqueFd*> handles() const override { return {&watch_.handle()}; }
  void on_wakeup(SteadyTime now) override;
  void on_time(SteadyTime now) override;
  std::optional<SteadyTime> wakes_at() const override { return due_; }
  void stop() override;

 private:
  std::function<void(SteadyTime now)> changed_;
  platform::NetworkWatch watch_;
  std::optional<SteadyTime> due_;
  SteadyTime reported_at_{};
  bool stopped_ = false;
};

}  // namespace muster::service
