// Whose a new file is. Private to this folder.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

struct Ownership {
  uid_t user = 0;
  gid_t group = 0;
  mode_t mode = 0600;
};

// Of configuration, certificates and keys that did not exist: root:muster 0640 where we are root and there is a
// service, otherwise the caller's own 0600.
Ownership new_file_ownership();

Status give(const UniqueFd& file, const std::filesystem::path& path, const Ownership& ownership);

}  // namespace muster::platform
