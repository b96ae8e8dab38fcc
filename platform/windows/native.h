// Between the portable types and those of Windows: text is UTF-8 inside and UTF-16 at the calls, a descriptor is the
// value of a HANDLE, of which 32 bits count. Private to this folder and ssl/schannel.
#pragma once

#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "platform/base/clock.h"
#include "platform/base/error.h"
#include "platform/file.h"
#include "platform/unique_fd.h"

namespace muster::platform {

inline HANDLE handle_of(const UniqueFd& file) {
  return reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(file.get()));
}

// Takes a new handle over; empty for nullptr and INVALID_HANDLE_VALUE.
UniqueFd owned(HANDLE handle);

// Half a surrogate pair, or what is no UTF-8, becomes U+FFFD.
std::wstring wide(std::string_view text);
std::string narrow(std::wstring_view text);

// Absolute and with \\?\ before it, so that it may be longer than 260 characters.
std::wstring for_call(const std::filesystem::path& path);

WallTime wall_time(const FILETIME& time);  // cut to what the clock can express: 1677 to 2262
WallTime wall_time(LARGE_INTEGER time);
FILETIME file_time(WallTime time);

// "cannot open C:\x: Access is denied (error 5)", of kind local_file, with what to do about GetLastError().
Error cannot(const char* what, const std::filesystem::path& path);
Error cannot(const char* what, const std::filesystem::path& path, DWORD number);

// How a file is opened: everything is shared, so that no other program is kept from its work, unless said otherwise.
struct OpenOptions {
  DWORD access = GENERIC_READ;
  DWORD share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  DWORD creation = OPEN_EXISTING;
  DWORD flags = 0;  // FILE_FLAG_OPEN_REPARSE_POINT: a link itself
  SECURITY_ATTRIBUTES* security = nullptr;
};

// Empty on failure; GetLastError() says why.
UniqueFd open_file(const std::filesystem::path& path, const OpenOptions& options);

struct OpenFacts {
  FileFacts facts;
  DWORD attributes = 0;
  DWORD names = 0;  // how many lead to it

  bool is_link() const { return (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0; }
  bool is_folder() const { return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0; }
};

// False on failure; GetLastError() says why.
bool examine(const UniqueFd& file, OpenFacts& found);

// Where a read, a write or a lock begins.
OVERLAPPED at_position(std::uint64_t position);

// A function that not every version has; null: this one has not.
template <class Function>
Function system_function(const wchar_t* library, const char* name) {
  return reinterpret_cast<Function>(reinterpret_cast<void*>(::GetProcAddress(::GetModuleHandleW(library), name)));
}

// Whether a name is missing, or goes when the last process closes its file.
bool is_missing(DWORD number);

// Removes the very file that is open, which needs the right DELETE.
bool remove_open(const UniqueFd& file);

// Waits briefly for programs that look into every new file, as virus scanners do, and keep it from being moved.
bool move_file(const std::filesystem::path& from, const std::filesystem::path& to, DWORD flags);

}  // namespace muster::platform
