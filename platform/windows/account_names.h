// Between security identifiers and names. Private to this folder.
#pragma once

#include <string>

namespace muster::platform {

std::string account_name(const std::string& sid);   // "DOMAIN\anna"; the identifier itself where the system has no name
std::string account_sid(const std::wstring& name);  // "S-1-5-21-..."; empty: the system knows no such account

}  // namespace muster::platform
