#include "platform/byte_locks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <string>

#include "platform/file.h"
#include "platform/posix/ownership.h"
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
  if (number == EACCES || number == EPERM) remedy = "run as root or join the group muster";
  if (number == EROFS) remedy = "mount its file system for writing";
  if (number == ENOSPC || number == EDQUOT) remedy = "make room on the disk";
  if (number == ENOLCK) remedy = "keep DataDirectory on a file system that supports locks";
  return {ErrorKind::local_file,
          std::string("cannot ") + what + " the lock file " + path.string() + ": " + os_error(number),
          std::move(remedy)};
}

// Everyone who may work on the same things may lock them.
Ownership lock_file_ownership() {
  Ownership ownership = new_file_ownership();
  const bool is_for_service = ownership.user == 0 ? ownership.mode != 0600 : ownership.group == service_group_id();
  if (is_for_service) ownership.mode = 0660;
  return ownership;
}

// The file appears with its final owner and mode, or not at all: a process that may use it never finds it closed.
// False: another process has made it meanwhile.
Result<bool> make(const fs::path& path) {
  remove_abandoned(path);
  const fs::path temporary = temporary_beside(path);
  ::unlink(temporary.c_str());
  const UniqueFd file(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return fail(cannot("create", path));

  if (auto given = give(file, temporary, lock_file_ownership()); !given) {
    ::unlink(temporary.c_str());
    return tl::unexpected(given.error());
  }

  const bool linked = ::link(temporary.c_str(), path.c_str()) == 0;
  const int number = linked ? 0 : errno;
  if (!linked && number != EEXIST) {
    // Not every file system has links. Two files that replace each other here are noticed before they are used.
    if (::rename(temporary.c_str(), path.c_str()) == 0) return true;
    const Error error = cannot("create", path);
    ::unlink(temporary.c_str());
    return tl::unexpected(error);
  }
  ::unlink(temporary.c_str());
  return linked;
}

Result<UniqueFd> open_or_make(const fs::path& path) {
  for (int i = 0; i < open_tries; ++i) {
    // A lock for writing needs a descriptor for writing.
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file) {
      struct stat facts {};
      if (::fstat(file.get(), &facts) != 0) return fail(cannot("examine", path));
      if (S_ISREG(facts.st_mode)) return file;
      return fail(ErrorKind::local_file, "cannot open the lock file " + path.string() + ": it is not a regular file",
                  "remove it");
    }
    if (errno != ENOENT) return fail(cannot("open", path));

    if (auto made = make(path); !made) return tl::unexpected(made.error());
  }
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
