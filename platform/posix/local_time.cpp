#include "platform/local_time.h"

#include <ctime>

namespace muster::platform {

seconds utc_offset(WallTime time) {
  const std::time_t moment = std::chrono::floor<seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  if (::localtime_r(&moment, &parts) == nullptr) return seconds(0);
  return seconds(parts.tm_gmtoff);
}

void reload_time_zone() { ::tzset(); }

}  // namespace muster::platform
