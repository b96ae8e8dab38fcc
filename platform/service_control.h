// Installs and steers the service, where a program does that itself: under the service manager of Windows. Elsewhere
// the package and its units do. One thread.
#pragma once

#include <string>
#include <vector>

#include "platform/base/result.h"

namespace muster::platform {

// Whether the functions below are of use on this system; otherwise each is an error.
bool controls_services();

struct Installation {
  bool was_there = false;                 // its settings were renewed
  std::vector<std::string> shortcomings;  // what could not be set, one line for each: the service works without it
};

// Makes the service, or sets one that is there to the same: `run` of this program, started at boot after other
// services, restarted after a failure, under an account of its own that has no rights but those of a service.
Result<Installation> install_service();

// Stops it first. One that is not there is no error.
Status uninstall_service();

// Each waits until it is so. One that runs, or stands still, already is no error.
Status start_service();
Status stop_service();

}  // namespace muster::platform
