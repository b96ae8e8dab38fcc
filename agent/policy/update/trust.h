// Who may sign updates for this device, and which release its package is.
#pragma once

#include "agent/config/preferences.h"
#include "agent/policy/update/statement.h"

namespace muster::update {

// SoftwareUpdates.
Result<bool> are_enabled(const config::Preferences& preferences);

// The key in UpdateKeyFile, by default key.pem in the folder update/ of the package; the list "revoked" lies beside it.
// `as_root`: the files must be root's, and nothing on the way there may be changed by another user.
enum class Checked { as_root, as_user };
tl::expected<Keys, Refusal> load_keys(const config::Preferences& preferences, Checked checked);

// The number of the release whose package is installed; 0: unknown, such as for a program that was built by hand.
std::uint64_t installed_number();

}  // namespace muster::update
