// Whoever runs the agent as a service: systemd, or nobody. Every call is harmless without one.
#pragma once

#include <optional>
#include <string>

#include "platform/base/clock.h"

namespace muster::platform {

void tell_ready();
void tell_reloading();  // followed by tell_ready()
void tell_stopping();
void tell_status(const std::string& line);  // one line for people, as `systemctl status` shows
void tell_alive();

// How often tell_alive() is expected at the latest; nullopt: nobody watches.
std::optional<microseconds> watchdog_period();

}  // namespace muster::platform
