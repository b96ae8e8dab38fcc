// Text between UTF-8 and the UTF-16 of the calls, and the words of Windows for its errors. Private to this folder.
#pragma once

#include <windows.h>

#include <string>
#include <string_view>

namespace muster::ssl {

std::wstring wide(std::string_view text);
std::string narrow(std::wstring_view text);

// "access is denied (0x80090010)"
std::string words_of(DWORD number);

}  // namespace muster::ssl
