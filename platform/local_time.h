// The time zone of this device.
#pragma once

#include "platform/base/clock.h"

namespace muster::platform {

// How far local time is ahead of UTC at a moment. One thread.
seconds utc_offset(WallTime time);

// Takes up a zone that was changed meanwhile.
void reload_time_zone();

}  // namespace muster::platform
