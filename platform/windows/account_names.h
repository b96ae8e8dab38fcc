// Between security identifiers and names. Private to this folder.
#pragma once

#include <windows.h>

#include <string>
#include <vector>

namespace muster::platform {

// "DOMAIN\anna"; the identifier itself where the system has no name.
std::string account_name(PSID sid);
std::string account_name(const std::string& sid);

std::string sid_text(PSID sid);  // "S-1-5-21-..."; empty: it is none

// Empty: the system knows no such account.
std::vector<unsigned char> sid_of(const std::wstring& name);
std::string account_sid(const std::wstring& name);  // as text

}  // namespace muster::platform
