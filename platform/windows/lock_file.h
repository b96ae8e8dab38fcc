// A file that is there to be locked as a whole. Private to this folder.
#pragma once

#include <filesystem>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Makes it where it is missing. Errors are of kind local_file.
Result<UniqueFd> open_lock_file(const std::filesystem::path& path);

// Far behind its content, which stays readable for others. False: another process has it.
bool try_lock_file(const UniqueFd& file);

}  // namespace muster::platform
