// What uploads and downloads show as the client certificate: a section of one of them may say something else than
// Common does.
#pragma once

#include <string>
#include <vector>

#include "agent/config/preferences.h"
#include "platform/base/error.h"
#include "platform/base/result.h"
#include "ssl/identity.h"

namespace muster::config {

struct IdentityUse {
  std::string of;      // "uploads", "downloads", or "uploads and downloads"
  bool shown = false;  // AddClientCertificateAndKey
  std::string origin;  // where that is said
  ssl::IdentityFiles files;

  Error not_shown() const;  // for one that is not
};

// One where both say the same. A wrong value is an error of kind preference.
Result<std::vector<IdentityUse>> identity_uses(const Preferences& preferences);

// Unsets SSLClientPrivateKeyPasswordFile in each section from which a step takes it for `key`, which has no password.
Status unset_password_of(const Preferences& preferences, const std::filesystem::path& key);

}  // namespace muster::config
