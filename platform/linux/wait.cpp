#include "platform/wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace muster::platform {

Wakeup::Wakeup() : handle_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Wakeup::signal() const {
  const std::uint64_t one = 1;
  // It can only fail when it is full, and then it is signalled already.
  static_cast<void>(!::write(handle_.get(), &one, sizeof one));
}

void Wakeup::clear() const {
  std::uint64_t count = 0;
  static_cast<void>(!::read(handle_.get(), &count, sizeof count));
}

void wait_any(std::span<const UniqueFd* const> handles, std::optional<SteadyTime> deadline) {
  std::vector<pollfd> waited;
  for (const UniqueFd* handle : handles) {
    if (*handle) waited.push_back({handle->get(), POLLIN, 0});
  }
  timespec time{};
  if (deadline) {
    const auto left = std::max(*deadline - steady_now(), SteadyTime::duration::zero());
    const auto whole = std::chrono::floor<seconds>(left);
    time.tv_sec = whole.count();
    time.tv_nsec = std::chrono::nanoseconds(left - whole).count();
  }
  ::ppoll(waited.data(), waited.size(), deadline ? &time : nullptr, nullptr);
}

}  // namespace muster::platform
