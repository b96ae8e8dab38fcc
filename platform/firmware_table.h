// Where the system keeps the structure table of SMBIOS. Private to this folder.
#pragma once

#include <optional>
#include <string>

#include "platform/system_root.h"

namespace muster::platform {

std::optional<std::string> firmware_table(const SystemRoot& root);  // nullopt: none, or this user may not read it

}  // namespace muster::platform
