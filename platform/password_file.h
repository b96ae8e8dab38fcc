// Passwords in files of their own.
#pragma once

#include <filesystem>

#include "platform/base/result.h"
#include "platform/base/secret.h"

namespace muster::platform {

// The first line of a file that passes open_private(). A byte order mark is left out, and UTF-16 is converted: Windows'
// editors and shells write both. Errors are of kind identity; of kind failure where this process has no descriptor
// left.
Result<Secret> read_password_file(const std::filesystem::path& file);

}  // namespace muster::platform
