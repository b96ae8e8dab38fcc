// Names of files that are about to replace others. Private to this folder.
#pragma once

#include <filesystem>

namespace muster::platform {

std::filesystem::path temporary_beside(const std::filesystem::path& target);

// Removes what processes left that were killed while they wrote. A file that is being written is not touched.
void remove_abandoned(const std::filesystem::path& target);

}  // namespace muster::platform
