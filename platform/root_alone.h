// Whether root alone decides what is in a file.
#pragma once

#include <filesystem>

#include "platform/base/result.h"

namespace muster::platform {

// Good where the file is regular and root's, and no other user or group may write to it, to a folder on its way or to a
// link that is followed there (a sticky folder of root's is fine). What was good stays so until root changes it. A
// process of the service counts as another user. Errors are of kind preference and say what is wrong and what helps.
// Not on Windows: an error of kind failure.
Status check_root_alone_writes(const std::filesystem::path& file);

}  // namespace muster::platform
