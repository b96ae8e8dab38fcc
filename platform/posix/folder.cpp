#include "platform/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "platform/base/text.h"
#include "platform/file_io.h"
#include "platform/posix/denied.h"
#include "platform/posix/stat_facts.h"

namespace muster::platform {
namespace {

std::string remedy_for(int number) {
  switch (number) {
    case EACCES:
    case EPERM: return denied_remedy("run as root or join the group muster, or change the permissions there");
    case ENOENT:
    case ENOTDIR: return "check DataDirectory";
    case EMFILE:
    case ENFILE: return "raise the limit of open files";
    case ENOSPC:
    case EDQUOT: return "make room on the disk";
    case EROFS: return "mount its file system for writing";
    default: return {};
  }
}

Error cannot(const char* what, const std::filesystem::path& path) {
  const int number = errno;
  return system_error(std::string("cannot ") + what + " " + path.string(), number, remedy_for(number));
}

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

Result<Listing> Listing::of(const UniqueFd& folder, std::filesystem::path path) {
  // A descriptor of its own: streams of one open folder would share their position.
  UniqueFd own(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* stream = own ? ::fdopendir(own.get()) : nullptr;
  if (stream == nullptr) return fail(cannot("list", path));
  static_cast<void>(own.release());
  return Listing(std::move(path), stream);
}

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

Result<Listing> Folder::list() const { return Listing::of(folder_, path_); }

OpenEntry Folder::examine(const std::string& name) const {
  struct stat facts {};
  // Examined before it is opened: opening a device can do things.
  if (::fstatat(folder_.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? OpenEntry{} : refused(OpenEntry::State::unreadable, cannot("examine", path_ / name));
  }
  if (const char* kind = unfit_kind(facts)) return unfit(path_ / name, kind);

  UniqueFd file(::openat(folder_.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file) {
    if (errno == ENOENT) return {};
    if (errno == ELOOP) return unfit(path_ / name, "a link");
    return refused(OpenEntry::State::unreadable, cannot("open", path_ / name));
  }

  // Another file may have taken the name in between: what counts is the open one.
  if (::fstat(file.get(), &facts) != 0) return refused(OpenEntry::State::unreadable, cannot("examine", path_ / name));
  if (facts.st_nlink == 0) return {};
  if (const char* kind = unfit_kind(facts)) return unfit(path_ / name, kind);

  OpenEntry entry;
  entry.state = OpenEntry::State::open;
  entry.file = std::move(file);
  entry.facts = facts_of_stat(facts);
  return entry;
}

Status Folder::may_remove() const {
  if (::faccessat(folder_.get(), ".", W_OK | X_OK, AT_EACCESS) == 0) return {};
  return fail(cannot("write to", path_));
}

Result<Removal> Folder::remove(const std::string& name, const FileFacts& facts) const {
  struct stat named {};
  if (::fstatat(folder_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return Removal::replaced;
    return fail(cannot("examine", path_ / name));
  }
  if (!same_file(named, facts)) return Removal::replaced;  // another file has the name: it waits for its own turn
  if (facts_of_stat(named) != facts) return Removal::changed;

  if (::unlinkat(folder_.get(), name.c_str(), 0) == 0) return Removal::removed;
  if (errno == ENOENT) return Removal::replaced;
  return fail(cannot("remove", path_ / name));
}

Status Folder::write(const std::string& temporary, const std::string& name, std::string_view content,
                     unsigned mode) const {
  ::unlinkat(folder_.get(), temporary.c_str(), 0);
  const UniqueFd file(::openat(folder_.get(), temporary.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (!file) return fail(cannot("create", path_ / name));

  Status written = write_at(file, path_ / name, 0, content);
  if (written && ::fchmod(file.get(), static_cast<mode_t>(mode)) != 0) {
    written = fail(cannot("set the mode of", path_ / name));
  }
  if (written && ::fsync(file.get()) != 0) written = fail(cannot("write", path_ / name));
  const bool placed = written && ::renameat(folder_.get(), temporary.c_str(), folder_.get(), name.c_str()) == 0;
  if (written && !placed) written = fail(cannot("place", path_ / name));
  if (!placed) ::unlinkat(folder_.get(), temporary.c_str(), 0);
  return placed ? sync() : written;
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
                "no action needed; it will be retried");
  }

  const int done = ::renameat2(folder_.get(), name.c_str(), target.folder_.get(), new_name.c_str(), RENAME_NOREPLACE);
  if (done == 0) return true;
  if (errno == EEXIST) return false;
  const bool elsewhere = errno == EXDEV;
  Error problem = cannot("move", path_ / name);
  if (elsewhere) problem.remedy = "keep it on the file system of " + target.path_.string() + ", or remove it";
  return fail(std::move(problem));
}

Status Folder::sync() const {
  if (::fsync(folder_.get()) != 0) return fail(cannot("make the change last in", path_));
  return {};
}

}  // namespace muster::platform
