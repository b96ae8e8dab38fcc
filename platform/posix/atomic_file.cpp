#include "platform/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "platform/file.h"
#include "platform/file_io.h"
#include "platform/posix/denied.h"
#include "platform/posix/path_walk.h"

namespace muster::platform {
namespace {

constexpr int open_tries = 10;

Error cannot(const char* what, const std::filesystem::path& path) {
  const int number = errno;
  std::string remedy;
  if (number == ENOSPC || number == EDQUOT) remedy = "make room on the disk";
  if (is_denied(number)) remedy = denied_remedy("choose a folder that you may write to");
  if (number == EROFS) remedy = "choose a folder that you may write to";
  if (number == ENOENT) remedy = "create the folder first";
  if (number == ENOTDIR) remedy = "name a folder in the place of the file";
  if (number == EISDIR) remedy = "name a file";
  if (number == EBUSY) remedy = "unmount what is mounted there, or name another file";
  return system_error(std::string("cannot ") + what + " " + path.string(), number, std::move(remedy));
}

// Whether the name still leads to the open file: its former owner may have placed it while we waited.
bool still_named(const UniqueFd& folder, const UniqueFd& file, const std::filesystem::path& path) {
  struct stat open_one {};
  struct stat named {};
  return ::fstat(file.get(), &open_one) == 0 &&
         ::fstatat(folder.get(), path.filename().c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

Result<UniqueFd> open_locked(const UniqueFd& folder, const std::filesystem::path& path, unsigned mode) {
  constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  for (int i = 0; i < open_tries; ++i) {
    UniqueFd file(::openat(folder.get(), path.filename().c_str(), flags, mode));
    if (!file) return fail(cannot("write", path));

    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) return fail(cannot("examine", path));
    // Another owner may have prepared its content, and would own what is placed.
    if (!S_ISREG(facts.st_mode) || facts.st_nlink > 1 || facts.st_uid != ::geteuid()) {
      return fail(ErrorKind::local_file, "cannot write " + path.string() + ": it is no file of its own", "remove it");
    }

    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      return fail(ErrorKind::local_file, "cannot write " + path.string() + ": another process is writing it",
                  "wait until it has finished");
    }

    if (still_named(folder, file, path)) return file;
  }
  return fail(ErrorKind::local_file, "cannot write " + path.string() + ": other processes keep replacing it");
}

Status set_time(const UniqueFd& file, WallTime modified, const std::filesystem::path& path) {
  const auto whole = std::chrono::floor<seconds>(modified);
  const timespec time{std::chrono::system_clock::to_time_t(whole), 0};
  const timespec both[2] = {time, time};
  if (::futimens(file.get(), &both[0]) != 0) return fail(cannot("set the time of", path));
  return {};
}

}  // namespace

AtomicFile::~AtomicFile() {
  if (!file_ || keep_ || !still_named(folder_, file_, temporary_)) return;
  ::unlinkat(folder_.get(), temporary_.filename().c_str(), 0);
}

Result<AtomicFile> AtomicFile::open(std::filesystem::path temporary, std::filesystem::path target, bool resume,
                                    unsigned mode) {
  auto place = walk_to_folder(temporary.parent_path());
  if (!place) return fail(place.error().as_error("write", temporary));
  auto file = open_locked(place->folder, temporary, mode);
  if (!file) return tl::unexpected(file.error());

  AtomicFile placed(std::move(place->folder), std::move(temporary), std::move(target), std::move(*file));
  if (!resume) {
    if (auto emptied = placed.truncate(); !emptied) return tl::unexpected(emptied.error());
  }
  return placed;
}

Result<std::uint64_t> AtomicFile::size() const {
  struct stat facts {};
  if (::fstat(file_.get(), &facts) != 0) return fail(cannot("examine", temporary_));
  return static_cast<std::uint64_t>(facts.st_size);
}

Status AtomicFile::rename_into_place() {
  if (still_named(folder_, file_, temporary_)) {
    const std::string from = temporary_.filename().string();
    const std::string to = target_.filename().string();
    if (::renameat(folder_.get(), from.c_str(), folder_.get(), to.c_str()) != 0) return fail(cannot("place", target_));
    file_.reset();  // it is the target now, which no clean-up may empty or remove
    return {};
  }
  return fail(ErrorKind::local_file,
              "cannot place " + target_.string() + ": " + temporary_.string() + " was taken away while it was written",
              "try again");
}

Status AtomicFile::place(std::optional<WallTime> modified) {
  if (modified) {
    if (auto set = set_time(file_, *modified, temporary_); !set) return set;
  }
  if (::fsync(file_.get()) != 0) return fail(cannot("write", temporary_));

  // Before the rename: an error after it finds the old file gone.
  const auto folder_path = folder_around(target_);
  const UniqueFd folder(::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(cannot("open", folder_path));
  if (auto renamed = rename_into_place(); !renamed) return renamed;
  if (::fsync(folder.get()) != 0) return fail(cannot("make the entry last in", folder_path));
  return {};
}

namespace {

// What another user of the folder left, such as a command of root's that was killed: the service may not open it. Only
// the name goes, and a writer that is still at work finds that out when it places its file.
bool remove_foreign(const std::filesystem::path& temporary) {
  const auto place = walk_to_folder(temporary.parent_path());
  if (!place) return false;
  const std::string name = temporary.filename().string();
  struct stat facts {};
  if (::fstatat(place->folder.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return false;
  return S_ISREG(facts.st_mode) && facts.st_uid != ::geteuid() && ::unlinkat(place->folder.get(), name.c_str(), 0) == 0;
}

Result<AtomicFile> open_own(const std::filesystem::path& temporary, const std::filesystem::path& target) {
  auto file = AtomicFile::open(temporary, target, false);
  if (file || !remove_foreign(temporary)) return file;
  return AtomicFile::open(temporary, target, false);
}

}  // namespace

Result<AtomicFile> AtomicFile::filled(const std::filesystem::path& target, std::string_view content, unsigned mode) {
  // Hidden: where others look through the folder, as through the spool, it is no file yet.
  const std::filesystem::path temporary = target.parent_path() / ("." + target.filename().string() + ".new");
  auto file = open_own(temporary, target);
  if (!file) return file;
  if (::fchmod(file->file().get(), static_cast<mode_t>(mode)) != 0) return fail(cannot("set the mode of", temporary));
  if (auto written = write_at(file->file(), temporary, 0, content); !written) return tl::unexpected(written.error());
  return file;
}

}  // namespace muster::platform
