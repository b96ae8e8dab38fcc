#include "platform/lock_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "platform/file.h"
#include "platform/posix/denied.h"
#include "platform/posix/path_walk.h"

namespace muster::platform {
namespace {

constexpr mode_t group_reads_and_writes = S_IRGRP | S_IWGRP;

tl::unexpected<Error> cannot_lock(const std::filesystem::path& path, int number) {
  std::string remedy;
  if (is_denied(number)) remedy = denied_remedy("run as root or as the user of the service");
  if (number == ELOOP) remedy = "remove the link that is in its place";
  if (number == ENOENT) remedy = "create its folder";
  return fail(system_error("cannot lock " + path.string(), number, std::move(remedy)));
}

// What a umask, or an earlier version, has taken from the group.
void share_like(const UniqueFd& folder, const UniqueFd& file, const struct stat& facts) {
  struct stat around {};
  if (facts.st_uid != ::geteuid() || ::fstat(folder.get(), &around) != 0) return;
  if (facts.st_gid != around.st_gid) return;  // not a folder whose group is inherited
  const mode_t wanted = S_IRUSR | S_IWUSR | (around.st_mode & group_reads_and_writes);
  if ((facts.st_mode & 07777U) != wanted) ::fchmod(file.get(), wanted);
}

}  // namespace

Result<UniqueFd> open_lock_file(const std::filesystem::path& path) {
  const auto place = walk_to_folder(path.parent_path());
  if (!place) {
    const Obstacle& obstacle = place.error();
    if (obstacle.number == 0) return fail(obstacle.as_error("lock", path));
    return cannot_lock(path, obstacle.number);
  }

  constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  UniqueFd file(::openat(place->folder.get(), path.filename().c_str(), flags, S_IRUSR | S_IWUSR));
  if (!file) return cannot_lock(path, errno);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return cannot_lock(path, errno);
  if (!S_ISREG(facts.st_mode) || facts.st_nlink != 1) {
    return fail(ErrorKind::local_file, fmt::format("cannot lock {}: it is no file of its own", path.string()),
                "remove it");
  }
  share_like(place->folder, file, facts);
  return file;
}

bool try_lock_file(const UniqueFd& file) { return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0; }

}  // namespace muster::platform
