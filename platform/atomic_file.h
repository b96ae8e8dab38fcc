// A file that appears under its name complete and on disk, or not at all.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "platform/base/clock.h"
#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Written below its temporary name beside the target. place() makes it appear: fsync, rename, fsync of the
// folder. Unless placed or kept, the temporary file is removed when the object ends. Not shared among threads.
class AtomicFile {
 public:
  // `temporary` and `target` are in the same folder, which is held open from here on; a link on the way there is
  // followed only where no other user can have put it there (posix/path_walk.h). With `resume`, what an earlier run
  // left is kept and size() is its length; otherwise it starts empty. Links are not followed for the temporary name.
  // `mode` is for a new one, less the umask.
  static Result<AtomicFile> open(std::filesystem::path temporary, std::filesystem::path target, bool resume,
                                 unsigned mode = 0644);

  // With the whole content, as ".NAME.new" beside `target` and with this very mode (umask ignored).
  static Result<AtomicFile> filled(const std::filesystem::path& target, std::string_view content, unsigned mode);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  const UniqueFd& file() const { return file_; }  // empty once it is placed
  Result<std::uint64_t> size() const;
  Status truncate();  // nothing to do once it is placed
  // Once. The file may be placed although this fails, when the folder cannot be made to last; it is whole then.
  Status place(std::optional<WallTime> modified);
  Status rename_into_place();    // place() without its waits for the disk: a power cut may leave an empty file
  void keep() { keep_ = true; }  // leave the temporary file for a later resume

 private:
  AtomicFile(UniqueFd folder, std::filesystem::path temporary, std::filesystem::path target, UniqueFd file);

  UniqueFd folder_;
  std::filesystem::path temporary_;  // both for messages; only their last names count
  std::filesystem::path target_;
  UniqueFd file_;
  bool keep_ = false;
};

// Writes a whole small file by the same rule: filled() and place().
Status write_file(const std::filesystem::path& target, std::string_view content, unsigned mode);

// The same for what may be lost: whole under its name for every process, but after a power cut perhaps empty.
Status write_file_unsynced(const std::filesystem::path& target, std::string_view content, unsigned mode);

}  // namespace muster::platform
