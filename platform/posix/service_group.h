// The group that the service runs as. Private to this folder.
#pragma once

#include <sys/types.h>

#include <optional>

#include "platform/private_file.h"

namespace muster::platform {

// nullopt where this machine has none. Looking a group up loads modules of the system's, and takes as long as a
// handshake.
std::optional<gid_t> service_group_id();

}  // namespace muster::platform
