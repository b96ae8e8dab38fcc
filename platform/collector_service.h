// The collector: a process of its own that takes the inventory with all rights and without the network (`muster collect
// --spool`). The agent only asks for it. On Linux the package's units start it, elsewhere a second service that runs on
// demand. Errors are of kind local_file or failure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "platform/base/result.h"

namespace muster::platform {

// Asks for an inventory; one that is under way is the answer. `state` is the agent's folder: where a unit waits for a
// file there, that one is written. Does not wait for the inventory.
Status request_collection(const std::filesystem::path& state);

// Makes the second service, or sets one that is there to the same; what could not be set is one line each. Where units
// do it there is nothing to do.
Result<std::vector<std::string>> install_collector();
Status uninstall_collector();  // one that is not there is no error

}  // namespace muster::platform
