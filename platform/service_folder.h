// The folders that the service and root's commands share: state, uploads, and the caches of evidence.
#pragma once

#include <filesystem>

#include "platform/base/result.h"

namespace muster::platform {

// Makes the folder where it is missing, whatever the umask says. Where root makes it and the group muster exists, it
// belongs to root:muster with 2770, so that neither a command of root nor the service locks the other out; the service
// makes it with 0770, every other user with 0700. Missing folders above it can be entered by all where root makes them,
// and are the user's own otherwise. A folder that is there stays as it is. Errors are of kind local_file and say what
// root has to do.
Status make_service_folder(const std::filesystem::path& folder);

// Where the program installs its own service (service_control.h), after that; elsewhere it is an error. Makes the
// folder where it is missing. It and all in it become the administrators' own, and accessible to the service, the
// system and administrators, and to no other account. Links and files with several names stay as they are: what they
// lead to may be another account's. Errors are of kind local_file.
Status give_to_service(const std::filesystem::path& folder);

}  // namespace muster::platform
