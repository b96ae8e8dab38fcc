// Settings of an existing beacon (.ndc): text, one setting a line after an empty line.
#pragma once

#include <string>
#include <string_view>

#include "agent/policy/npl/packages.h"
#include "platform/base/result.h"

namespace muster::policy {

// Adds what the file sets below SOFTWARE\ManageSoft Corp of HKLM, and what it has beside. `path` names it in messages.
// Refuses what is no such file, has more than 5,000 lines or a line of more than 4 KiB; the error holds the reason
// alone. Pure.
Status read_settings(std::string_view content, const std::string& path, Packages& packages);

}  // namespace muster::policy
