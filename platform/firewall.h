// What decides which connections this machine takes.
#pragma once

#include <string>
#include <vector>

#include "platform/services.h"
#include "platform/system_root.h"

namespace muster::platform {

struct Firewall {
  std::string name;  // Linux: "ufw", the program that manages it; Windows: "PublicProfile"
  bool is_on = false;
};

// On Linux those that are installed, or one without a name that is off: what somebody has loaded into the kernel by
// hand is not seen. On Windows one for each profile of networks. `services` are those of the same root.
std::vector<Firewall> firewalls(const SystemRoot& root, const std::vector<SystemService>& services);

}  // namespace muster::platform
