#include "platform/folder.h"

#include <memory>
#include <utility>

#include "platform/file_io.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

// Sees the state of a listing between two calls.
struct Search {
  HANDLE handle = INVALID_HANDLE_VALUE;
  WIN32_FIND_DATAW entry{};
  bool is_read = true;  // the first entry comes with the handle

  ~Search() {
    if (handle != INVALID_HANDLE_VALUE) ::FindClose(handle);
  }
};

OpenEntry refused(OpenEntry::State state, Error problem) {
  OpenEntry entry;
  entry.state = state;
  entry.problem = std::move(problem);
  return entry;
}

OpenEntry unfit(const std::filesystem::path& path, const char* what) {
  return refused(OpenEntry::State::unfit, {ErrorKind::local_file, "not uploading " + path.string() + ": it is " + what,
                                           "put a regular file with one name there, or remove it"});
}

const char* unfit_kind(const OpenFacts& found) {
  if (found.is_link()) return "a link";
  if (found.is_folder()) return "a folder";
  return found.names > 1 ? "a file with several names" : nullptr;
}

bool same_file(const FileFacts& a, const FileFacts& b) { return a.device == b.device && a.inode == b.inode; }

// Held without FILE_SHARE_DELETE: nothing can take the folder's place while names in it are used.
Result<UniqueFd> hold(const std::filesystem::path& path, DWORD flags) {
  UniqueFd folder = open_file(path, {.access = FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES,
                                     .share = FILE_SHARE_READ | FILE_SHARE_WRITE,
                                     .flags = flags});
  if (!folder) return fail(cannot("open", path));

  OpenFacts found;
  if (!examine(folder, found)) return fail(cannot("examine", path));
  if (!found.is_folder() || found.is_link()) return fail(cannot("open", path, ERROR_DIRECTORY));
  return folder;
}

// A name as it stands in a folder, for its removal or its move.
UniqueFd open_name(const std::filesystem::path& path) {
  return open_file(path, {.access = DELETE | FILE_READ_ATTRIBUTES, .flags = FILE_FLAG_OPEN_REPARSE_POINT});
}

}  // namespace

Listing::Listing(Listing&& other) noexcept
    : path_(std::move(other.path_)),
      stream_(std::exchange(other.stream_, nullptr)),
      problem_(std::move(other.problem_)) {}

Listing::~Listing() { delete static_cast<Search*>(stream_); }

// The folder is held open, so its path leads to it.
Result<Listing> Listing::of(const UniqueFd& /*folder*/, std::filesystem::path path) {
  auto search = std::make_unique<Search>();
  search->handle = ::FindFirstFileW(for_call(path / "*").c_str(), &search->entry);
  if (search->handle == INVALID_HANDLE_VALUE) return fail(cannot("list", path));
  return Listing(std::move(path), search.release());
}

std::optional<Listing::Name> Listing::next() {
  auto& search = *static_cast<Search*>(stream_);

  for (;;) {
    if (!std::exchange(search.is_read, false) && !::FindNextFileW(search.handle, &search.entry)) break;
    const std::wstring_view name = &search.entry.cFileName[0];
    if (name == L"." || name == L"..") continue;
    return Name{narrow(name), (search.entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0};
  }

  if (::GetLastError() != ERROR_NO_MORE_FILES) problem_ = cannot("list", path_);
  return std::nullopt;
}

Result<Folder> Folder::open(const std::filesystem::path& path) {
  auto folder = hold(path, 0);
  if (!folder) return tl::unexpected(folder.error());
  return Folder(path, std::move(*folder));
}

// A new one inherits what the folder around it allows.
Result<Folder> Folder::open_folder(const std::string& name, bool make) const {
  const std::filesystem::path path = path_ / name;
  auto folder = hold(path, FILE_FLAG_OPEN_REPARSE_POINT);

  if (!folder && make && platform::exists(path_) && absent(path)) {
    const bool made = ::CreateDirectoryW(for_call(path).c_str(), nullptr) || ::GetLastError() == ERROR_ALREADY_EXISTS;
    if (!made) return fail(cannot("create", path));
    folder = hold(path, FILE_FLAG_OPEN_REPARSE_POINT);
  }

  if (!folder) return tl::unexpected(folder.error());
  return Folder(path, std::move(*folder));
}

Result<Listing> Folder::list() const { return Listing::of(folder_, path_); }

OpenEntry Folder::examine(const std::string& name) const {
  const std::filesystem::path path = path_ / name;
  OpenEntry entry;
  OpenFacts found;

  // Without a right to its content first: opening a device can do things.
  const UniqueFd outside = open_file(path, {.access = FILE_READ_ATTRIBUTES, .flags = FILE_FLAG_OPEN_REPARSE_POINT});
  if (!outside || !platform::examine(outside, found)) {
    return is_missing(::GetLastError()) ? OpenEntry{} : refused(OpenEntry::State::unreadable, cannot("examine", path));
  }
  if (const char* kind = unfit_kind(found)) return unfit(path, kind);

  entry.file = open_file(path, {.flags = FILE_FLAG_OPEN_REPARSE_POINT});
  if (!entry.file || !platform::examine(entry.file, found)) {
    return is_missing(::GetLastError()) ? OpenEntry{} : refused(OpenEntry::State::unreadable, cannot("open", path));
  }
  if (found.names == 0) return {};
  if (const char* kind = unfit_kind(found)) return unfit(path, kind);

  entry.state = OpenEntry::State::open;
  entry.facts = found.facts;
  return entry;
}

Status Folder::may_remove() const {
  if (open_file(path_, {.access = FILE_ADD_FILE | FILE_DELETE_CHILD})) return {};
  return fail(cannot("write to", path_));
}

Result<Removal> Folder::remove(const std::string& name, const FileFacts& facts) const {
  const std::filesystem::path path = path_ / name;
  const UniqueFd file = open_name(path);
  OpenFacts found;
  if (!file || !platform::examine(file, found)) {
    if (is_missing(::GetLastError())) return Removal::replaced;
    return fail(cannot("remove", path));
  }

  if (!same_file(found.facts, facts)) return Removal::replaced;
  if (found.facts != facts) return Removal::changed;
  if (remove_open(file)) return Removal::removed;
  return fail(cannot("remove", path));
}

Status Folder::write(const std::string& temporary, const std::string& name, std::string_view content,
                     unsigned /*mode*/) const {
  const std::filesystem::path from = path_ / temporary;
  const std::filesystem::path to = path_ / name;
  if (const UniqueFd old = open_name(from)) remove_open(old);

  const UniqueFd file = open_file(
      from, {.access = GENERIC_WRITE | DELETE, .share = FILE_SHARE_READ | FILE_SHARE_DELETE, .creation = CREATE_NEW});
  if (!file) return fail(cannot("create", to));

  Status written = write_at(file, to, 0, content);
  if (written && !::FlushFileBuffers(handle_of(file))) written = fail(cannot("write", to));
  if (written && !move_file(from, to, MOVEFILE_REPLACE_EXISTING)) written = fail(cannot("place", to));
  if (!written) remove_open(file);
  return written;
}

Result<bool> Folder::move(const std::string& name, const FileFacts& facts, const Folder& target,
                          const std::string& new_name) const {
  const std::filesystem::path from = path_ / name;
  const UniqueFd file = open_name(from);
  OpenFacts found;
  if (!file && !is_missing(::GetLastError())) return fail(cannot("examine", from));
  if (!file || !platform::examine(file, found) || found.facts != facts) {
    return fail(ErrorKind::local_file,
                "not moving " + from.string() + ": it has changed, or another file has taken its name",
                "no action needed; it will be retried");
  }

  if (move_file(from, target.path_ / new_name, 0)) return true;
  const DWORD number = ::GetLastError();
  if (number == ERROR_ALREADY_EXISTS || number == ERROR_FILE_EXISTS) return false;
  Error problem = cannot("move", from, number);
  if (number == ERROR_NOT_SAME_DEVICE) {
    problem.remedy = "keep it on the file system of " + target.path_.string() + ", or remove it";
  }
  return fail(std::move(problem));
}

// What is added is written through, and a removal that a power cut undoes is repeated.
Status Folder::sync() const { return {}; }

}  // namespace muster::platform
