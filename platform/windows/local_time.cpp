#include "platform/local_time.h"

#include "platform/windows/native.h"

namespace muster::platform {

seconds utc_offset(WallTime time) {
  const FILETIME moment = file_time(time);
  SYSTEMTIME utc{};
  SYSTEMTIME local{};
  FILETIME local_moment{};
  if (!::FileTimeToSystemTime(&moment, &utc)) return seconds(0);
  if (!::SystemTimeToTzSpecificLocalTime(nullptr, &utc, &local)) return seconds(0);
  if (!::SystemTimeToFileTime(&local, &local_moment)) return seconds(0);

  // The parts of a calendar leave out less than a millisecond.
  return std::chrono::round<seconds>(wall_time(local_moment) - std::chrono::floor<milliseconds>(time));
}

void reload_time_zone() {}  // the system is asked each time

}  // namespace muster::platform
