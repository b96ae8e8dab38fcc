#include "platform/windows/native.h"

#include <winternl.h>

#include <algorithm>

namespace muster::platform {
namespace {

constexpr DWORD max_path_length = 32'768;
constexpr std::int64_t ticks_to_1970 = 116'444'736'000'000'000;  // of 100 ns since 1601
using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

std::string remedy_for(DWORD number) {
  switch (number) {
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD: return "run as an administrator, or change the permissions there";

    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME: return "check the name";

    case ERROR_TOO_MANY_OPEN_FILES: return "close other programs";
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION: return "wait until the other process has closed it";

    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL: return "make room on the disk";
    case ERROR_WRITE_PROTECT: return "take the write protection away";
    default: return {};
  }
}

WallTime wall_time(std::int64_t ticks) {
  constexpr auto first = std::chrono::ceil<Ticks>(WallTime::min().time_since_epoch());
  constexpr auto last = std::chrono::floor<Ticks>(WallTime::max().time_since_epoch());
  return WallTime(std::clamp(Ticks(ticks - ticks_to_1970), first, last));
}

std::uint64_t joined(DWORD high, DWORD low) { return (std::uint64_t{high} << 32) | low; }

// The last status of the system itself, which says more than GetLastError().
bool is_being_removed() {
  constexpr unsigned long delete_pending = 0xC000'0056;
  using LastStatus = long(WINAPI*)();
  static const auto last_status = system_function<LastStatus>(L"ntdll.dll", "RtlGetLastNtStatus");
  return last_status != nullptr && static_cast<unsigned long>(last_status()) == delete_pending;
}

}  // namespace

UniqueFd owned(HANDLE handle) {
  if (handle == nullptr || handle == INVALID_HANDLE_VALUE) return {};
  return UniqueFd(static_cast<int>(reinterpret_cast<std::intptr_t>(handle)));
}

std::wstring wide(std::string_view text) {
  if (text.empty()) return {};
  const int size = static_cast<int>(text.size());
  const int needed = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, nullptr, 0);
  std::wstring result(static_cast<std::size_t>(needed), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, result.data(), needed);
  return result;
}

std::string narrow(std::wstring_view text) {
  if (text.empty()) return {};
  const int size = static_cast<int>(text.size());
  const int needed = ::WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
  std::string result(static_cast<std::size_t>(needed), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, text.data(), size, result.data(), needed, nullptr, nullptr);
  return result;
}

std::wstring for_call(const std::filesystem::path& path) {
  const std::wstring& given = path.native();
  if (given.starts_with(L"\\\\?\\") || given.starts_with(L"\\\\.\\") || given.empty()) return given;

  std::wstring full(max_path_length, L'\0');
  const DWORD length = ::GetFullPathNameW(given.c_str(), max_path_length, full.data(), nullptr);
  if (length == 0 || length >= max_path_length) return given;

  full.resize(length);
  if (full.starts_with(L"\\\\.\\")) return full;  // a device, such as NUL
  return full.starts_with(L"\\\\") ? L"\\\\?\\UNC" + full.substr(1) : L"\\\\?\\" + full;
}

WallTime wall_time(const FILETIME& time) {
  return wall_time(static_cast<std::int64_t>(joined(time.dwHighDateTime, time.dwLowDateTime)));
}

WallTime wall_time(LARGE_INTEGER time) { return wall_time(static_cast<std::int64_t>(time.QuadPart)); }

FILETIME file_time(WallTime time) {
  const std::int64_t ticks = std::chrono::duration_cast<Ticks>(time.time_since_epoch()).count() + ticks_to_1970;
  const auto value = static_cast<std::uint64_t>(ticks);
  return {static_cast<DWORD>(value & 0xFFFF'FFFFU), static_cast<DWORD>(value >> 32)};
}

Error cannot(const char* what, const std::filesystem::path& path, DWORD number) {
  return system_error(std::string("cannot ") + what + " " + path.string(), static_cast<int>(number),
                      remedy_for(number));
}

Error cannot(const char* what, const std::filesystem::path& path) { return cannot(what, path, ::GetLastError()); }

UniqueFd open_file(const std::filesystem::path& path, const OpenOptions& options) {
  return owned(::CreateFileW(for_call(path).c_str(), options.access, options.share, options.security, options.creation,
                             options.flags | FILE_FLAG_BACKUP_SEMANTICS, nullptr));
}

bool examine(const UniqueFd& file, OpenFacts& found) {
  BY_HANDLE_FILE_INFORMATION known{};
  FILE_BASIC_INFO basic{};
  const HANDLE handle = handle_of(file);
  if (!::GetFileInformationByHandle(handle, &known)) return false;
  if (!::GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof basic)) return false;

  found.attributes = known.dwFileAttributes;
  found.names = known.nNumberOfLinks;
  found.facts.device = known.dwVolumeSerialNumber;
  found.facts.inode = joined(known.nFileIndexHigh, known.nFileIndexLow);
  found.facts.size = joined(known.nFileSizeHigh, known.nFileSizeLow);
  found.facts.modified = wall_time(known.ftLastWriteTime);
  found.facts.status_changed = wall_time(basic.ChangeTime);
  return true;
}

OVERLAPPED at_position(std::uint64_t position) {
  OVERLAPPED place{};
  place.Offset = static_cast<DWORD>(position & 0xFFFF'FFFFU);
  place.OffsetHigh = static_cast<DWORD>(position >> 32);
  return place;
}

bool is_missing(DWORD number) {
  if (number == ERROR_ACCESS_DENIED) return is_being_removed();
  return number == ERROR_FILE_NOT_FOUND || number == ERROR_PATH_NOT_FOUND || number == ERROR_DELETE_PENDING;
}

bool remove_open(const UniqueFd& file) {
  // The name is free at once, though other programs have the file open. Systems before Windows 10 1709 do not know it.
  constexpr auto disposition_with_flags = static_cast<FILE_INFO_BY_HANDLE_CLASS>(21);
  constexpr DWORD remove_name_at_once = 0x1 | 0x2;
  DWORD flags = remove_name_at_once;
  if (::SetFileInformationByHandle(handle_of(file), disposition_with_flags, &flags, sizeof flags)) return true;

  FILE_DISPOSITION_INFO removal{};
  removal.DeleteFile = TRUE;
  return ::SetFileInformationByHandle(handle_of(file), FileDispositionInfo, &removal, sizeof removal) != 0;
}

bool move_file(const std::filesystem::path& from, const std::filesystem::path& to, DWORD flags) {
  constexpr int tries = 10;
  constexpr DWORD pause = 20;  // ms

  for (int i = 1;; ++i) {
    if (::MoveFileExW(for_call(from).c_str(), for_call(to).c_str(), flags | MOVEFILE_WRITE_THROUGH)) return true;
    const DWORD number = ::GetLastError();
    if (i == tries || (number != ERROR_SHARING_VIOLATION && number != ERROR_ACCESS_DENIED)) return false;
    ::Sleep(pause);
    ::SetLastError(number);
  }
}

}  // namespace muster::platform
