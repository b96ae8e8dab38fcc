// The key that policies must be signed with, where one is configured.
#pragma once

#include <string>

#include "agent/config/preferences.h"

namespace muster::policy {

// The raw Ed25519 key in PolicyKeyFile; empty: none is configured. One that cannot be used is an error: without it no
// policy may be applied.
Result<std::string> policy_key(const config::Preferences& preferences);

}  // namespace muster::policy
