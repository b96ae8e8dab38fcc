#include "platform/lock_file.h"

#include "platform/windows/access.h"
#include "platform/windows/native.h"

namespace muster::platform {

Result<UniqueFd> open_lock_file(const std::filesystem::path& path) {
  Security security(NewAccess::service_writes);
  UniqueFd file = open_file(path, {.access = GENERIC_READ | GENERIC_WRITE,
                                   .share = FILE_SHARE_READ | FILE_SHARE_WRITE,
                                   .creation = OPEN_ALWAYS,
                                   .flags = FILE_FLAG_OPEN_REPARSE_POINT,
                                   .security = security.get()});
  if (!file) return fail(cannot("lock", path));

  OpenFacts found;
  if (!examine(file, found)) return fail(cannot("lock", path));
  if (found.is_link() || found.is_folder() || found.names != 1) {
    return fail(ErrorKind::local_file, "cannot lock " + path.string() + ": it is no file of its own", "remove it");
  }
  return file;
}

bool try_lock_file(const UniqueFd& file) {
  constexpr std::uint64_t far_behind = std::uint64_t{1} << 62;
  OVERLAPPED range = at_position(far_behind);
  return ::LockFileEx(handle_of(file), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &range) != 0;
}

}  // namespace muster::platform
