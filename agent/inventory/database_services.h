// Database servers that run on this device.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::inventory {

struct DatabaseService {
  std::string product;  // "PostgreSQL"
  std::string manufacturer;
  std::string instance;  // of Oracle: its SID
  std::string version;   // of its package, or of the folder that it is installed in; empty: unknown
  std::string executable;
  std::optional<std::uint64_t> port;
};

std::vector<DatabaseService> database_services(const platform::SystemRoot& root);

}  // namespace muster::inventory
