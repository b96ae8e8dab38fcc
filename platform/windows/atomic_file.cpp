#include "platform/atomic_file.h"

#include "platform/file.h"
#include "platform/file_io.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

// Held open without FILE_SHARE_DELETE: nothing can take the folder's place meanwhile.
UniqueFd hold_folder(const std::filesystem::path& folder) {
  return open_file(folder, {.access = FILE_READ_ATTRIBUTES, .share = FILE_SHARE_READ | FILE_SHARE_WRITE});
}

bool still_named(const UniqueFd& file, const std::filesystem::path& path) {
  const UniqueFd named = open_file(path, {.access = FILE_READ_ATTRIBUTES, .flags = FILE_FLAG_OPEN_REPARSE_POINT});
  OpenFacts open_one;
  OpenFacts other;
  return named && examine(file, open_one) && examine(named, other) && open_one.facts.device == other.facts.device &&
         open_one.facts.inode == other.facts.inode;
}

// Opened without FILE_SHARE_WRITE: no other process can write to it meanwhile.
Result<UniqueFd> open_alone(const std::filesystem::path& path) {
  UniqueFd file = open_file(path, {.access = GENERIC_READ | GENERIC_WRITE | DELETE,
                                   .share = FILE_SHARE_READ | FILE_SHARE_DELETE,
                                   .creation = OPEN_ALWAYS,
                                   .flags = FILE_FLAG_OPEN_REPARSE_POINT});
  if (!file && ::GetLastError() == ERROR_SHARING_VIOLATION) {
    return fail(ErrorKind::local_file, "cannot write " + path.string() + ": another process is writing it",
                "wait until it has finished");
  }
  if (!file) return fail(cannot("write", path));

  OpenFacts found;
  if (!examine(file, found)) return fail(cannot("examine", path));
  if (found.is_link() || found.is_folder() || found.names > 1) {
    return fail(ErrorKind::local_file, "cannot write " + path.string() + ": it is no file of its own", "remove it");
  }
  return file;
}

Status set_time(const UniqueFd& file, WallTime modified, const std::filesystem::path& path) {
  const FILETIME time = file_time(std::chrono::floor<seconds>(modified));
  if (!::SetFileTime(handle_of(file), nullptr, nullptr, &time)) return fail(cannot("set the time of", path));
  return {};
}

}  // namespace

AtomicFile::~AtomicFile() {
  if (!file_ || keep_ || !still_named(file_, temporary_)) return;
  remove_open(file_);
}

// The mode has no meaning here: a new file inherits the rights of its folder.
Result<AtomicFile> AtomicFile::open(std::filesystem::path temporary, std::filesystem::path target, bool resume,
                                    unsigned /*mode*/) {
  UniqueFd folder = hold_folder(folder_around(temporary));
  if (!folder) return fail(cannot("open", folder_around(temporary)));
  auto file = open_alone(temporary);
  if (!file) return tl::unexpected(file.error());

  AtomicFile placed(std::move(folder), std::move(temporary), std::move(target), std::move(*file));
  if (!resume) {
    if (auto emptied = placed.truncate(); !emptied) return tl::unexpected(emptied.error());
  }
  return placed;
}

Result<std::uint64_t> AtomicFile::size() const {
  auto facts = facts_of(file_, temporary_);
  if (!facts) return tl::unexpected(facts.error());
  return facts->size;
}

Status AtomicFile::rename_into_place() {
  if (!still_named(file_, temporary_)) {
    return fail(
        ErrorKind::local_file,
        "cannot place " + target_.string() + ": " + temporary_.string() + " was taken away while it was written",
        "try again");
  }
  if (!move_file(temporary_, target_, MOVEFILE_REPLACE_EXISTING)) return fail(cannot("place", target_));
  file_.reset();  // it is the target now, which no clean-up may empty or remove
  return {};
}

Status AtomicFile::place(std::optional<WallTime> modified) {
  if (modified) {
    if (auto set = set_time(file_, *modified, temporary_); !set) return set;
  }
  if (!::FlushFileBuffers(handle_of(file_))) return fail(cannot("write", temporary_));
  return rename_into_place();
}

Result<AtomicFile> AtomicFile::filled(const std::filesystem::path& target, std::string_view content, unsigned mode) {
  const std::filesystem::path temporary = folder_around(target) / ("." + target.filename().string() + ".new");
  auto file = AtomicFile::open(temporary, target, false, mode);
  if (!file) return file;
  if (auto written = write_at(file->file(), temporary, 0, content); !written) return tl::unexpected(written.error());
  return file;
}

}  // namespace muster::platform
