// Read access for the service to what root has deployed for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "platform/base/result.h"

namespace muster::platform {

struct Adopted {
  std::filesystem::path path;
  std::string before;  // "root:root 0600", by number where there is no name
  std::string after;
};

// Of a file, or of a folder and all that is in it: what belongs to root and to no group but root's gets the group
// muster, which may read (and enter) it; what the group can read already stays as it is. Neither owner nor anybody
// else's rights change. Left alone: what others own or a group of somebody's has, links, files with several names,
// devices, and everything below a folder that somebody else owns or may write to. Nobody can make root change another
// file than the one that lies there. Needs root. What is missing is nothing to do. Errors are of kind local_file.
Result<std::vector<Adopted>> let_service_read(const std::filesystem::path& what);

}  // namespace muster::platform
