#include "platform/wait.h"

#include <algorithm>
#include <array>

#include "platform/windows/native.h"

namespace muster::platform {

Wakeup::Wakeup() : handle_(owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr))) {}

Status Wakeup::usable() const {
  if (handle_) return {};
  return fail(ErrorKind::failure, "cannot wait for transfers: no handle is left", "close other programs");
}

void Wakeup::signal() const { ::SetEvent(handle_of(handle_)); }
void Wakeup::clear() const { ::ResetEvent(handle_of(handle_)); }

// Alertable: reports of folders that are watched arrive on this thread while it waits.
void wait_any(std::span<const UniqueFd* const> handles, std::optional<SteadyTime> deadline) {
  constexpr milliseconds pause_with_too_many{1000};
  std::array<HANDLE, MAXIMUM_WAIT_OBJECTS> waited{};
  DWORD count = 0;
  bool has_more = false;

  for (const UniqueFd* handle : handles) {
    if (!*handle) continue;
    has_more = count == waited.size();
    if (has_more) break;
    waited[count++] = handle_of(*handle);
  }

  DWORD time = INFINITE;
  if (deadline) {
    const auto left = std::chrono::ceil<milliseconds>(*deadline - steady_now()).count();
    time = static_cast<DWORD>(std::clamp<long long>(left, 0, INFINITE - 1));
  }
  if (has_more) time = std::min(time, static_cast<DWORD>(pause_with_too_many.count()));

  if (count == 0) {
    ::SleepEx(time, TRUE);
  } else {
    ::WaitForMultipleObjectsEx(count, waited.data(), FALSE, time, TRUE);
  }
}

}  // namespace muster::platform
