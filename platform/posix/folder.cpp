#include "platform/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "platform/base/text.h"
#include "platform/posix/stat_facts.h"

namespace muster::platform {
namespace {

std::string remedy_for(int number) {
  switch (number) {
    case EACCES:
    case EPERM: return "run as root or join the group muster, or change the permissions there";
    case ENOENT:
    case ENOTDIR: return "check DataDirectory";
    case EMFILE:
    case ENFILE: return "raise the limit of open files";
    case ENOSPC:
    case EDQUOT: return "make room on the disk";
    default: return {};
  }
}

Error cannot(const char* what, const std::filesystem::path& path) {
  const int number = errno;
  return {ErrorKind::local_file, std::string("cannot ") + what + " " + path.string() + ": " + os_error(number),
          remedy_for(number)};
}

Claim refused(Claim::State state, Error problem) {
  Claim claim;
  claim.state = state;
  claim.problem = std::move(problem);
  return claim;
}

Claim unfit(const std::filesystem::path& path, const char* what) {
  return refused(Claim::State::unfit, {ErrorKind::local_file, "not uploading " + path.string() + ": it is " + what,
                                       "put a regular file with one name there, or remove it"});
}

const char* unfit_kind(const struct stat& facts) {
  if (S_ISLNK(facts.st_mode)) return "a link";
  if (S_ISDIR(facts.st_mode)) return "a folder";
  if (!S_ISREG(facts.st_mode)) return "a device, pipe or socket";
  return facts.st_nlink > 1 ? "a file with several names" : nullptr;
}

// With the mode of the folder around it: programs of its group put files there as well. The umask would take that away,
// and chmod() may not set the group bit in a service (RestrictSUIDSGID), which is inherited anyway.
bool make_like(int folder, const std::string& name, const struct stat& facts) {
  const mode_t before = ::umask(0);
  const int made = ::mkdirat(folder, name.c_str(), facts.st_mode & 01777);
  const int number = errno;
  ::umask(before);
  errno = number;
  return made == 0;
}

bool same_file(const struct stat& facts, const FileFacts& known) {
  return facts.st_dev == known.device && facts.st_ino == known.inode;
}

}  // namespace

Listing::Listing(Listing&& other) noexcept
    : path_(std::move(other.path_)),
      stream_(std::exchange(other.stream_, nullptr)),
      problem_(std::move(other.problem_)) {}

Listing::~Listing() {
  if (stream_ != nullptr) ::closedir(static_cast<DIR*>(stream_));
}

std::optional<Listing::Name> Listing::next() {
  errno = 0;  // at the end it stays so
  // NOLINTNEXTLINE(concurrency-mt-unsafe): each stream is used by one thread
  while (const dirent* entry = ::readdir(static_cast<DIR*>(stream_))) {
    const std::string_view name = &entry->d_name[0];
    if (name == "." || name == "..") continue;
    return Name{std::string(name), entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN};
  }
  if (errno != 0) problem_ = cannot("list", path_);
  return std::nullopt;
}

Result<Folder> Folder::open(const std::filesystem::path& path) {
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(cannot("open", path));
  return Folder(path, std::move(folder));
}

Result<Folder> Folder::open_folder(const std::string& name, bool make) const {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
  UniqueFd folder(::openat(folder_.get(), name.c_str(), flags));
  if (!folder && errno == ENOENT && make) {
    struct stat facts {};
    if (::fstat(folder_.get(), &facts) != 0) return fail(cannot("examine", path_));
    if (make_like(folder_.get(), name, facts)) {
      if (auto synced = sync(); !synced) return tl::unexpected(synced.error());
    } else if (errno != EEXIST) {
      return fail(cannot("create", path_ / name));
    }
    folder = UniqueFd(::openat(folder_.get(), name.c_str(), flags));
  }
  if (!folder) return fail(cannot("open", path_ / name));
  return Folder(path_ / name, std::move(folder));
}

Result<Listing> Folder::list() const {
  // A descriptor of its own: streams of one open folder would share their position.
  UniqueFd own(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* stream = own ? ::fdopendir(own.get()) : nullptr;
  if (stream == nullptr) return fail(cannot("list", path_));
  static_cast<void>(own.release());
  return Listing(path_, stream);
}

Claim Folder::examine(const std::string& name) const { return open_entry(name); }

Claim Folder::open_entry(const std::string& name) const {
  struct stat facts {};
  // Looked at before it is opened: opening a device can do things.
  if (::fstatat(folder_.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Claim{} : refused(Claim::State::unreadable, cannot("examine", path_ / name));
  }
  if (const char* kind = unfit_kind(facts)) return unfit(path_ / name, kind);
  UniqueFd file(::openat(folder_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file) {
    if (errno == ENOENT) return {};
    if (errno == ELOOP) return unfit(path_ / name, "a link");
    return refused(Claim::State::unreadable, cannot("open", path_ / name));
  }
  Claim claim;
  claim.state = Claim::State::held;
  claim.file = std::move(file);
  claim.facts = facts_of_stat(facts);
  return claim;
}

// A lease is what Linux grants on a file that nobody has open for writing.
std::optional<bool> Folder::is_being_written(const UniqueFd& file) {
  if (::fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(file.get(), F_SETLEASE, F_UNLCK);
    return false;
  }
  return errno == EAGAIN ? std::optional(true) : std::nullopt;
}

Claim Folder::claim(const std::string& name) const {
  Claim claim = open_entry(name);
  if (claim.state != Claim::State::held) return claim;
  if (::flock(claim.file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return refused(Claim::State::busy, {});
    return refused(Claim::State::unreadable, cannot("lock", path_ / name));
  }
  // Whoever held it before may have settled it while we opened it.
  struct stat facts {};
  struct stat named {};
  if (::fstat(claim.file.get(), &facts) != 0) {
    return refused(Claim::State::unreadable, cannot("examine", path_ / name));
  }
  if (::fstatat(folder_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Claim{} : refused(Claim::State::unreadable, cannot("examine", path_ / name));
  }
  if (named.st_ino != facts.st_ino || named.st_dev != facts.st_dev) return {};
  if (const char* kind = unfit_kind(facts)) return unfit(path_ / name, kind);
  // What it writes after the removal would be lost.
  claim.written = is_being_written(claim.file);
  if (claim.written.value_or(false)) return refused(Claim::State::busy, {});
  claim.facts = facts_of_stat(facts);
  return claim;
}

Status Folder::remove(const std::string& name, const FileFacts& facts) const {
  struct stat named {};
  if (::fstatat(folder_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return fail(cannot("examine", path_ / name));
  }
  if (!same_file(named, facts)) return {};  // another file has taken the name: it waits for its own turn
  if (facts_of_stat(named) != facts) {
    return fail(ErrorKind::local_file, "not removing " + (path_ / name).string() + ": it has changed since it was read",
                "nothing: it is looked at again");
  }
  if (::unlinkat(folder_.get(), name.c_str(), 0) != 0 && errno != ENOENT) return fail(cannot("remove", path_ / name));
  return {};
}

Result<bool> Folder::move(const std::string& name, const FileFacts& facts, const Folder& target,
                          const std::string& new_name) const {
  struct stat named {};
  if (::fstatat(folder_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 && errno != ENOENT) {
    return fail(cannot("examine", path_ / name));
  }
  if (facts_of_stat(named) != facts) {
    return fail(ErrorKind::local_file,
                "not moving " + (path_ / name).string() + ": it has changed, or another file has taken its name",
                "nothing: it is looked at again");
  }
  const int done = ::renameat2(folder_.get(), name.c_str(), target.folder_.get(), new_name.c_str(), RENAME_NOREPLACE);
  if (done == 0) return true;
  if (errno == EEXIST) return false;
  return fail(cannot("move", path_ / name));
}

Status Folder::sync() const {
  if (::fsync(folder_.get()) != 0) return fail(cannot("make the change last in", path_));
  return {};
}

}  // namespace muster::platform
