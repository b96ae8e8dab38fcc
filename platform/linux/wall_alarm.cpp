#include "platform/wall_alarm.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "platform/file.h"

namespace muster::platform {

Result<WallAlarm> WallAlarm::make() {
  UniqueFd handle(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!handle) {
    return fail(ErrorKind::failure, "cannot set an alarm: " + last_os_error(), "raise the limit of open files");
  }
  WallAlarm alarm(std::move(handle));
  alarm.set(std::nullopt);
  return alarm;
}

void WallAlarm::set(std::optional<WallTime> time) const {
  using std::chrono::years;
  const WallTime never = wall_now() + years(100);

  // 0 would switch the timer off.
  const auto since_1970 =
      std::max<WallTime::duration>(time.value_or(never).time_since_epoch(), std::chrono::nanoseconds(1));
  const auto whole = std::chrono::floor<seconds>(since_1970);
  itimerspec when{};
  when.it_value.tv_sec = whole.count();
  when.it_value.tv_nsec = std::chrono::nanoseconds(since_1970 - whole).count();
  ::timerfd_settime(handle_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, nullptr);
}

WallAlarm::Ring WallAlarm::take() const {
  std::uint64_t times = 0;
  if (::read(handle_.get(), &times, sizeof times) > 0) return Ring::time;
  return errno == ECANCELED ? Ring::clock_was_set : Ring::none;
}

}  // namespace muster::platform
