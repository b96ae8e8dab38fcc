// The file behind a lock. Private to this folder.
#pragma once

#include <filesystem>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Opens it for reading and writing, and makes it where it is missing. Its group may do with it what it may do in the
// folder, whatever the umask says: a lock that root's command has made is the service's as well. A link, a pipe, or a
// file with a second name is refused: the lock's holder writes to it.
Result<UniqueFd> open_lock_file(const std::filesystem::path& path);

}  // namespace muster::platform
