// Writing private keys, and what else only the service and its owner may read.
#pragma once

#include <filesystem>
#include <string_view>

#include "platform/placed_file.h"

namespace muster::platform {

// The content lies on disk beside the target, complete; place() makes it appear, and what is not placed is removed. The
// file has its final owner and mode before a byte is in it: root:muster 0640 where we are root and that group exists,
// otherwise 0600. Folders that are missing are made with the same owner and the modes 0750 or 0700. A target that is a
// link is followed. Errors are of kind local_file.
Result<PlacedFile> prepare_private(const std::filesystem::path& target, std::string_view content);

// Both at once.
Status write_private(const std::filesystem::path& target, std::string_view content);

}  // namespace muster::platform
