#include "platform/wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <vector>

namespace muster::platform {
namespace {

constexpr int tries = 3;

}  // namespace

Wakeup::Wakeup() : handle_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Status Wakeup::usable() const {
  if (handle_) return {};
  return fail(ErrorKind::failure, "cannot wait for transfers: no file descriptor is left",
              "raise the limit of open files");
}

void Wakeup::signal() const {
  const std::uint64_t one = 1;
  // Full: it is signalled already. Anything else is tried again: a wake-up that is lost is a wait without end.
  for (int i = 0; i < tries && ::write(handle_.get(), &one, sizeof one) < 0 && errno != EAGAIN; ++i) {}
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
