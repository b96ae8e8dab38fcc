#include "platform/byte_locks.h"

#include <set>

#include "platform/windows/access.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> cannot_lock(const char* what, const fs::path& path) {
  Error problem = cannot(what, path);
  problem.message.insert(problem.message.find(path.string()), "the lock file ");
  return fail(std::move(problem));
}

// Not shared for removal: while it is open, no other file can get its name and be locked in its place.
Result<UniqueFd> open_or_make(const fs::path& path) {
  Security security(NewAccess::service_writes);
  UniqueFd file = open_file(path, {.access = GENERIC_READ | GENERIC_WRITE,
                                   .share = FILE_SHARE_READ | FILE_SHARE_WRITE,
                                   .creation = OPEN_ALWAYS,
                                   .flags = FILE_FLAG_OPEN_REPARSE_POINT,
                                   .security = security.get()});
  if (!file) return cannot_lock("open", path);

  OpenFacts found;
  if (!examine(file, found)) return cannot_lock("examine", path);
  if (found.is_link() || found.is_folder()) {
    return fail(ErrorKind::local_file, "cannot open the lock file " + path.string() + ": it is not a regular file",
                "remove it");
  }
  if (found.names > 1) {
    return fail(ErrorKind::local_file, "cannot open the lock file " + path.string() + ": it has other names as well",
                "remove it");
  }
  return file;
}

bool lock_byte(const UniqueFd& file, std::uint64_t place, DWORD flags) {
  OVERLAPPED range = at_position(place);
  return ::LockFileEx(handle_of(file), LOCKFILE_EXCLUSIVE_LOCK | flags, 0, 1, 0, &range) != 0;
}

}  // namespace

struct ByteLocks::File {
  fs::path path;
  UniqueFd file;
  std::set<std::uint64_t> held;
};

ByteLocks::Lock::~Lock() {
  if (!file_) return;
  OVERLAPPED range = at_position(place_);
  ::UnlockFileEx(handle_of(file_->file), 0, 1, 0, &range);
  file_->held.erase(place_);
}

Result<std::unique_ptr<ByteLocks>> ByteLocks::open(fs::path path) {
  auto opened = open_or_make(path);
  if (!opened) return tl::unexpected(opened.error());

  auto file = std::make_shared<File>();
  file->path = std::move(path);
  file->file = std::move(*opened);
  return std::unique_ptr<ByteLocks>(new ByteLocks(std::move(file)));
}

Result<bool> ByteLocks::is_current() { return true; }  // as it is not shared for removal

Result<std::optional<ByteLocks::Lock>> ByteLocks::try_lock(std::uint64_t place) {
  if (file_->held.contains(place)) return std::nullopt;
  if (!lock_byte(file_->file, place, LOCKFILE_FAIL_IMMEDIATELY)) {
    if (::GetLastError() == ERROR_LOCK_VIOLATION || ::GetLastError() == ERROR_IO_PENDING) return std::nullopt;
    return cannot_lock("lock", file_->path);
  }
  file_->held.insert(place);
  return Lock(file_, place);
}

Result<ByteLocks::Lock> ByteLocks::wait_for(std::uint64_t place) {
  if (!lock_byte(file_->file, place, 0)) return cannot_lock("lock", file_->path);
  file_->held.insert(place);
  return Lock(file_, place);
}

}  // namespace muster::platform
