// Services of the system: what its service manager would start.
#pragma once

#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

struct SystemService {
  std::string name;  // "nginx.service", or the name of an init script
  std::string description;
  std::string start;     // "enabled", "disabled", "static" (started by others), "masked"
  bool running = false;  // of a live system with systemd only
};

// From unit files (systemd.unit(5)), or from init scripts where there are no units.
std::vector<SystemService> system_services(const SystemRoot& root);

}  // namespace muster::platform
