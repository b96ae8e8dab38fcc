#include "platform/file.h"

#include <algorithm>
#include <array>

#include "platform/base/text.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

constexpr DWORD not_there = INVALID_FILE_ATTRIBUTES;

DWORD attributes_of(const std::filesystem::path& path) { return ::GetFileAttributesW(for_call(path).c_str()); }

// Of what a link leads to.
enum class Kind { regular, folder, dangling, unreadable };

Kind kind_at(const std::filesystem::path& path) {
  const UniqueFd file = open_file(path, {.access = FILE_READ_ATTRIBUTES});
  if (!file) return is_missing(::GetLastError()) ? Kind::dangling : Kind::unreadable;
  OpenFacts found;
  if (!examine(file, found)) return Kind::unreadable;
  return found.is_folder() ? Kind::folder : Kind::regular;
}

tl::unexpected<Error> too_many(const std::filesystem::path& folder, std::size_t limit) {
  return fail(ErrorKind::local_file, folder.string() + " has more than " + std::to_string(limit) + " files",
              "check that it is the right folder");
}

}  // namespace

std::string os_error(int number) {
  std::array<wchar_t, 512> words{};
  const DWORD length = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr,
                                        static_cast<DWORD>(number), 0, words.data(), words.size(), nullptr);
  std::string text = narrow({words.data(), length});
  while (!text.empty() && (text.back() == '.' || text.back() == '\r' || text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  if (text.empty()) text = "unknown error";
  return text + " (error " + std::to_string(number) + ")";
}

bool says_missing(const Error& error) {
  return error.system_code == ERROR_FILE_NOT_FOUND || error.system_code == ERROR_PATH_NOT_FOUND;
}

std::string last_os_error() { return os_error(static_cast<int>(::GetLastError())); }

Result<UniqueFd> open_regular(const std::filesystem::path& path) {
  UniqueFd file = open_file(path, {});
  if (!file) return fail(cannot("open", path));
  if (::GetFileType(handle_of(file)) != FILE_TYPE_DISK) {
    return fail(ErrorKind::local_file, "cannot read " + path.string() + ": it is a device", "name a regular file");
  }

  OpenFacts found;
  if (!examine(file, found)) return fail(cannot("examine", path));
  if (found.is_folder()) {
    return fail(ErrorKind::local_file, "cannot read " + path.string() + ": it is a folder", "name a regular file");
  }
  return file;
}

Result<FileFacts> facts_of(const UniqueFd& file, const std::filesystem::path& path) {
  OpenFacts found;
  if (!examine(file, found)) return fail(cannot("examine", path));
  return found.facts;
}

std::optional<FileFacts> facts_at(const std::filesystem::path& path) {
  const UniqueFd file = open_file(path, {.access = FILE_READ_ATTRIBUTES});
  OpenFacts found;
  if (!file || !examine(file, found)) return std::nullopt;
  return found.facts;
}

Result<FolderFiles> regular_files(const std::filesystem::path& folder, std::size_t limit) {
  FolderFiles found;
  WIN32_FIND_DATAW entry{};
  const HANDLE search = ::FindFirstFileW(for_call(folder / "*").c_str(), &entry);
  if (search == INVALID_HANDLE_VALUE) return fail(cannot("list", folder));
  const std::unique_ptr<void, BOOL(WINAPI*)(HANDLE)> closing(search, ::FindClose);

  do {
    if ((entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0) continue;
    const std::filesystem::path path = folder / &entry.cFileName[0];
    const bool is_link = (entry.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    const Kind kind = is_link ? kind_at(path) : Kind::regular;

    if (kind == Kind::unreadable) return fail(cannot("examine", path));
    if (kind == Kind::dangling) found.dangling.push_back(path);
    if (kind != Kind::regular) continue;
    if (found.files.size() == limit) return too_many(folder, limit);
    found.files.push_back(path);
  } while (::FindNextFileW(search, &entry));

  if (::GetLastError() != ERROR_NO_MORE_FILES) return fail(cannot("list", folder));
  std::sort(found.files.begin(), found.files.end());
  return found;
}

bool exists(const std::filesystem::path& path) { return attributes_of(path) != not_there; }

bool may_write(const std::filesystem::path& path) {
  const DWORD attributes = attributes_of(path);
  if (attributes == not_there) return false;
  const bool is_folder = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
  const DWORD access = is_folder ? FILE_ADD_FILE : FILE_WRITE_DATA;
  return static_cast<bool>(open_file(path, {.access = access}));
}

bool absent(const std::filesystem::path& path) {
  return attributes_of(path) == not_there && is_missing(::GetLastError());
}

}  // namespace muster::platform
