#include "platform/byte_locks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>
#include <string>

#include "platform/file.h"
#include "platform/posix/denied.h"
#include "platform/posix/ownership.h"
#include "platform/posix/path_walk.h"
#include "platform/posix/service_group.h"
#include "platform/posix/temporary_name.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

constexpr int open_tries = 3;

Error cannot(const char* what, const fs::path& path) {
  const int number = errno;
  std::string remedy;
  if (is_denied(number)) remedy = denied_remedy("run as root or join the group muster");
  if (number == EROFS) remedy = "mount its file system for writing";
  if (number == ENOSPC || number == EDQUOT) remedy = "make room on the disk";
  if (number == ELOOP) remedy = "remove the link that is in its place";
  if (number == ENOLCK) remedy = "keep DataDirectory on a file system that supports locks";
  return system_error(std::string("cannot ") + what + " the lock file " + path.string(), number, std::move(remedy));
}

// Everyone who may work on the same things may lock them.
Ownership lock_file_ownership() {
  Ownership ownership = new_file_ownership();
  const bool is_for_service = ownership.user == 0 ? ownership.mode != 0600 : ownership.group == service_group_id();
  if (is_for_service) ownership.mode = 0660;
  return ownership;
}

// Gives the file its name. False: another process has made one meanwhile.
Result<bool> place_as(const fs::path& path, const UniqueFd& folder, const std::string& temporary) {
  const std::string name = path.filename().string();
  if (::renameat2(folder.get(), temporary.c_str(), folder.get(), name.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;

  // Not every file system can do that. Two files that replace each other here are noticed before they are used.
  const bool is_unsupported = errno == EINVAL || errno == ENOSYS;
  if (is_unsupported && ::renameat(folder.get(), temporary.c_str(), folder.get(), name.c_str()) == 0) return true;
  return fail(cannot("create", path));
}

// The file appears with its final owner and mode, or not at all: a process that may use it never finds it closed.
// False: another process has made it meanwhile.
Result<bool> make(const fs::path& path, const UniqueFd& folder) {
  remove_abandoned(path);
  const fs::path temporary = temporary_beside(path);
  const std::string name = temporary.filename().string();
  ::unlinkat(folder.get(), name.c_str(), 0);
  const UniqueFd file(::openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return fail(cannot("create", path));

  auto given = give(file, temporary, lock_file_ownership());
  auto placed = given ? place_as(path, folder, name) : tl::unexpected(given.error());
  if (!placed || !*placed) ::unlinkat(folder.get(), name.c_str(), 0);
  return placed;
}

Error is_unfit(const fs::path& path, const char* why) {
  return {ErrorKind::local_file, "cannot open the lock file " + path.string() + ": " + why, "remove it"};
}

// Its folder is held open meanwhile: nothing can be made, or be found, behind a link that takes the folder's place.
Result<UniqueFd> open_or_make(const fs::path& path) {
  const auto place = walk_to_folder(path.parent_path());
  if (!place && place.error().number == 0) return fail(place.error().as_error("open the lock file", path));
  if (!place) {
    errno = place.error().number;
    return fail(cannot("open", path));
  }

  bool has_other_names = false;
  for (int i = 0; i < open_tries; ++i) {
    // A lock for writing needs a descriptor for writing.
    constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    UniqueFd file(::openat(place->folder.get(), path.filename().c_str(), flags));
    if (file) {
      struct stat facts {};
      if (::fstat(file.get(), &facts) != 0) return fail(cannot("examine", path));
      if (!S_ISREG(facts.st_mode)) return fail(is_unfit(path, "it is not a regular file"));
      has_other_names = facts.st_nlink > 1;
      if (!has_other_names) return file;

      // A process that was killed may have left the other name.
      remove_abandoned(path);
      continue;
    }
    if (errno != ENOENT) return fail(cannot("open", path));

    if (auto made = make(path, place->folder); !made) return tl::unexpected(made.error());
  }
  if (has_other_names) return fail(is_unfit(path, "it has other names as well"));
  return fail(ErrorKind::local_file,
              "cannot open the lock file " + path.string() + ": another process keeps removing it",
              "leave it where it is");
}

struct flock byte_at(std::uint64_t place, short type) {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(place);
  range.l_len = 1;
  return range;
}

}  // namespace

// The open file belongs to all locks together. One descriptor can lock a byte twice, and one unlock then frees it: what
// this process holds is therefore written down.
struct ByteLocks::File {
  fs::path path;
  UniqueFd file;
  std::set<std::uint64_t> held;
};

ByteLocks::Lock::~Lock() {
  if (!file_) return;
  struct flock range = byte_at(place_, F_UNLCK);
  ::fcntl(file_->file.get(), F_OFD_SETLK, &range);
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

// A file that was removed and made again is another one, with other locks: two processes would each hold "the" lock.
Result<bool> ByteLocks::is_current() {
  struct stat ours {};
  struct stat named {};
  const bool same = ::fstat(file_->file.get(), &ours) == 0 && ::lstat(file_->path.c_str(), &named) == 0 &&
                    ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
  if (same) return true;
  if (!file_->held.empty()) return false;

  auto reopened = open_or_make(file_->path);
  if (!reopened) return tl::unexpected(reopened.error());
  file_->file = std::move(*reopened);
  return true;
}

Result<std::optional<ByteLocks::Lock>> ByteLocks::try_lock(std::uint64_t place) {
  auto current = is_current();
  if (!current) return tl::unexpected(current.error());
  if (!*current || file_->held.contains(place)) return std::nullopt;

  struct flock range = byte_at(place, F_WRLCK);
  if (::fcntl(file_->file.get(), F_OFD_SETLK, &range) != 0) {
    if (errno == EAGAIN || errno == EACCES) return std::nullopt;
    return fail(cannot("lock", file_->path));
  }
  file_->held.insert(place);
  return Lock(file_, place);
}

Result<ByteLocks::Lock> ByteLocks::wait_for(std::uint64_t place) {
  auto current = is_current();
  if (!current) return tl::unexpected(current.error());

  struct flock range = byte_at(place, F_WRLCK);
  while (::fcntl(file_->file.get(), F_OFD_SETLKW, &range) != 0) {
    if (errno != EINTR) return fail(cannot("lock", file_->path));
  }
  file_->held.insert(place);
  return Lock(file_, place);
}

}  // namespace muster::platform
