// The table of preferences put into words, for docs/preferences.md and the manual page.
#pragma once

#include <string>

namespace muster::config {

std::string preferences_as_markdown();
std::string preferences_as_manual();  // mdoc-free roff, for a section of muster(1)

}  // namespace muster::config
