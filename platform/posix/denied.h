// What to do where the system does not permit something.
#pragma once

#include <string>

namespace muster::platform {

// EACCES and EPERM: another user might be permitted. Not what root is denied, which is said here instead.
bool is_denied(int number);
std::string denied_remedy(const char* for_others);

}  // namespace muster::platform
