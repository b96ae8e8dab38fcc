#include "platform/wall_alarm.h"

#include <algorithm>

#include "platform/file.h"
#include "platform/windows/native.h"

namespace muster::platform {

Result<WallAlarm> WallAlarm::make() {
  UniqueFd handle = owned(::CreateWaitableTimerW(nullptr, TRUE, nullptr));
  if (!handle) return fail(ErrorKind::failure, "cannot set an alarm: " + last_os_error(), "close other programs");
  return WallAlarm(std::move(handle));
}

// An absolute time: the system keeps to it when its clock is set, and so rings in time. It does not report the setting.
void WallAlarm::set(std::optional<WallTime> time) const {
  if (!time) {
    ::CancelWaitableTimer(handle_of(handle_));
    return;
  }
  const FILETIME when = file_time(std::max(*time, WallTime()));
  LARGE_INTEGER due{};
  due.LowPart = when.dwLowDateTime;
  due.HighPart = static_cast<LONG>(when.dwHighDateTime);
  ::SetWaitableTimer(handle_of(handle_), &due, 0, nullptr, nullptr, FALSE);
}

WallAlarm::Ring WallAlarm::take() const {
  if (::WaitForSingleObject(handle_of(handle_), 0) != WAIT_OBJECT_0) return Ring::none;

  // Only a new time takes the signal away.
  LARGE_INTEGER never{};
  never.QuadPart = std::numeric_limits<LONGLONG>::max();
  ::SetWaitableTimer(handle_of(handle_), &never, 0, nullptr, nullptr, FALSE);
  ::CancelWaitableTimer(handle_of(handle_));
  return Ring::time;
}

}  // namespace muster::platform
