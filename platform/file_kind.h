// What a path is, for words and suggestions; false where it cannot be examined. Links are followed. Never for a
// decision about safety: the file may be another one by the time it is opened.
#pragma once

#include <filesystem>

namespace muster::platform {

bool is_folder(const std::filesystem::path& path);
bool readable_by_others(const std::filesystem::path& path);  // its mode lets every user read it

}  // namespace muster::platform
