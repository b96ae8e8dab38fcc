// How what the console and the service manager want reaches Signals. Private to this folder.
#pragma once

#include "platform/signals.h"

namespace muster::platform {

void deliver(Signal signal);  // any thread

}  // namespace muster::platform
