// The operating system, and what it runs on.
#pragma once

#include <optional>
#include <string>

#include "platform/system_root.h"

namespace muster::platform {

struct OperatingSystem {
  std::string id;            // "debian" (os-release(5), ID)
  std::string name;          // "Debian GNU/Linux"
  std::string full_name;     // "Debian GNU/Linux 12 (bookworm)"
  std::string version;       // "12.11" where the distribution says it more exactly than os-release, otherwise "12"
  std::string version_id;    // "12" (os-release(5), VERSION_ID)
  std::string cpe;           // CPE_NAME, where the distribution gives one
  std::string edition;       // "Professional", where the system is sold in editions
  std::string kernel_name;   // "linux", "MSWin32": as other agents call it
  std::string kernel;        // "6.1.0-18-amd64"
  std::string architecture;  // "x86_64"
  std::string host_name;     // without a domain
  std::string domain;
  std::string timezone;         // "Europe/Paris", "UTC"
  std::string timezone_offset;  // "+0200"; of a live system only
  std::optional<WallTime> booted;
  std::optional<WallTime> installed;
};

OperatingSystem operating_system(const SystemRoot& root);

// machine-id(5) or MachineGuid: identifies the installation, and is never published as it is. Empty: it has none.
std::string machine_id(const SystemRoot& root);

// os-release(5) and its like: the value of NAME=value or NAME="value".
std::string assigned_value(const SystemRoot& root, const std::string& path, const std::string& name);

}  // namespace muster::platform
