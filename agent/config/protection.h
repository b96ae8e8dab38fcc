// What the preferences switch off or leave unused of the protection that the defaults give.
#pragma once

#include <string>
#include <vector>

#include "agent/config/preferences.h"

namespace muster::config {

// One line for each: a check of the server's certificate that is off, locations without TLS that were to have it or
// that are sent a password, and locations and evidence whose proxy is spoken to in TLS (see proxy.h). A protection that
// is only off for one step counts as well. Empty with the defaults.
std::vector<std::string> protection_warnings(const Preferences& preferences);

}  // namespace muster::config
