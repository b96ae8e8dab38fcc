// The ways of `muster rollout` that installers use.
#pragma once

#include <string>
#include <vector>

#include "agent/cli/arguments.h"
#include "platform/base/result.h"

namespace muster::cli {

// Takes over NAME=VALUE of each property. What was done or was wrong is also in installation.log of the data directory.
Status rollout_properties(const GlobalOptions& options, const std::vector<std::string>& properties);

// Removes what the installation and Muster made, and names what it keeps, also in removal.log of the data directory:
// preferences that were changed since, certificates, files that wait, and all that other programs made.
Status rollout_undo(const GlobalOptions& options);

}  // namespace muster::cli
