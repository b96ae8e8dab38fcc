// What runs the agent as a service: systemd, the Windows service manager, or nothing. Every call is harmless without
// one.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "platform/base/clock.h"

namespace muster::platform {

// Runs `work` as the service manager wants it: where that one started this process it learns of the end and of the
// result, which is the exit code. Elsewhere `work` is called, and that is all. Once in a process.
int run_hosted(const std::function<int()>& work);

void tell_ready();
void tell_reloading();  // followed by tell_ready()
void tell_stopping();
void tell_status(const std::string& line);  // one line for people, as `systemctl status` shows
void tell_alive();

// How often tell_alive() is expected at the latest; nullopt: there is no watchdog.
std::optional<microseconds> watchdog_period();

}  // namespace muster::platform
