#include "agent/service/network_changes.h"

#include <algorithm>

#include "platform/base/random.h"

namespace muster::service {
namespace {

constexpr seconds between_reports{10};

}  // namespace

// Addresses and routes follow the link one by one; and a fleet does not come back at once.
void NetworkChanges::on_wakeup(SteadyTime now) {
  if (!watch_.take_changes() || due_ || stopped_) return;
  const milliseconds jitter(static_cast<long>(1000 * uniform01()));
  due_ = std::max(now + milliseconds(500) + jitter, reported_at_ + between_reports);
}

void NetworkChanges::on_time(SteadyTime now) {
  if (!due_ || now < *due_) return;
  due_.reset();
  reported_at_ = now;
  changed_(now);
}

void NetworkChanges::stop() {
  stopped_ = true;
  due_.reset();
}

}  // namespace muster::service
