// The part of resolve() that is the same on every system. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "platform/base/clock.h"

namespace muster::platform {

// The addresses of one name; none where it has none. Blocks as long as the system's name servers take.
using NameLookup = std::vector<std::string> (*)(const std::string& name);

// As resolve() in network.h. `look_up` is called on a thread of its own for each name, also after this has returned.
std::vector<std::vector<std::string>> look_up_together(const std::vector<std::string>& names, milliseconds patience,
                                                       NameLookup look_up);

}  // namespace muster::platform
