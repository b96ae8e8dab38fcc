// The file behind a lock. Private to this folder.
#pragma once

#include <filesystem>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Opens it for reading and writing, and makes it where it is missing. Who may work in its folder may lock it: on UNIX
// its group may do with it what it may do in the folder, whatever the umask says, so that a lock that root's command
// has made is the service's as well. A link, a pipe, or a file with a second name is refused: the lock's holder writes
// to it. Errors are of kind local_file.
Result<UniqueFd> open_lock_file(const std::filesystem::path& path);

// False: another process has it. Its content stays readable.
bool try_lock_file(const UniqueFd& file);

}  // namespace muster::platform
