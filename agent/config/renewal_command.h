// The command that has the client certificate renewed (CertificateRenewCommand).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/preferences.h"
#include "platform/base/result.h"

namespace muster::config {

// Its words, the first an absolute path; nullopt: none is set, or the system itself renews (Windows). An error of kind
// preference where the configuration that holds it is not root's alone, or where it cannot be taken apart: then it must
// not be run.
Result<std::optional<std::vector<std::string>>> renewal_command(const Preferences& preferences);

}  // namespace muster::config
