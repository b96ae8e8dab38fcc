// Values that are allowed and probably not what was meant; for `config check` alone.
#pragma once

#include <string>
#include <vector>

#include "agent/config/preferences.h"

namespace muster::config {

// Each on one line with its origin: comments that became part of a value, ports of the other protocol, exceptions of
// no_proxy that can never match, passwords in a file that others may read.
std::vector<std::string> suspicious_values(const Preferences& preferences);

}  // namespace muster::config
