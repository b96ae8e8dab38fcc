// The words of Windows for its errors. Private to this folder.
#pragma once

#include <windows.h>

#include <string>

namespace muster::ssl {

// "access is denied (0x80090010)"
std::string words_of(DWORD number);

}  // namespace muster::ssl
