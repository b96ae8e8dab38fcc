#include "platform/event_log.h"

namespace muster::platform {

void report_event(Event /*event*/, const std::string& /*text*/) {}

}  // namespace muster::platform
