// The rules for files that hold a private key, ssh's: see open_private().
#pragma once

#include <filesystem>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Name of the group that the service runs as; a key may be readable by it: root:muster 0640.
inline constexpr char service_group[] = "muster";

// Opens a private key file and judges the open file: regular, owned by root or by the calling user, and nobody
// else may read it (root:muster 0640 is the one exception). Links are resolved first; each folder above the file
// must be owned by root or the calling user and not be writable by others (a sticky folder of root's is fine).
// Nothing is ever repaired. Errors are of kind identity and name path, owner and mode.
Result<UniqueFd> open_private(const std::filesystem::path& path);

}  // namespace muster::platform
