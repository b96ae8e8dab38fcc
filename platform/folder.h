// A folder held open. Entries are reached through it, so that nobody can put another folder in its way between two
// calls, and links are never followed. Names are bytes as the file system has them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "platform/base/result.h"
#include "platform/file.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// The entries of a folder, one after the other in no order; memory does not grow with their number. What is added or
// removed meanwhile may or may not be seen. One thread.
class Listing {
 public:
  struct Name {
    std::string text;
    bool maybe_folder = false;  // false: it is none
  };

  Listing(Listing&& other) noexcept;
  Listing& operator=(Listing&&) = delete;
  ~Listing();

  std::optional<Name> next();  // without "." and ".."; nullopt at the end, or where reading failed
  const std::optional<Error>& problem() const { return problem_; }  // after the last: why it was not the end

 private:
  friend class Folder;
  Listing(std::filesystem::path path, void* stream) : path_(std::move(path)), stream_(stream) {}
  std::filesystem::path path_;
  void* stream_;
  std::optional<Error> problem_;
};

// The right to work on one file, held as long as the object: a lock of the system on the open file, which ends with
// the process at the latest. A name that leads elsewhere by now is not claimed.
struct Claim {
  enum class State {
    held,
    busy,        // another process has it, or has it open for writing
    gone,        // no such name (any more)
    unfit,       // a link, a device, a folder, or a file with several names
    unreadable,  // the system refuses: see `problem`
  };
  State state = State::gone;
  UniqueFd file;                // held: open for reading
  std::optional<bool> written;  // held by claim(): false, or nullopt where the system does not tell
  FileFacts facts;
  Error problem;  // unfit, unreadable
};

class Folder {
 public:
  // Links on the way there are followed. Errors are of kind local_file.
  static Result<Folder> open(const std::filesystem::path& path);

  // An entry that is a folder, not a link; made with the mode of this one when `make` and it is missing.
  Result<Folder> open_folder(const std::string& name, bool make) const;

  const std::filesystem::path& path() const { return path_; }

  Result<Listing> list() const;
  Claim claim(const std::string& name) const;
  Claim examine(const std::string& name) const;  // the same without the lock: never busy

  // Whether somebody has the file open for writing; nullopt where the system does not tell (on Linux: of a file of
  // another user, without CAP_LEASE). The process ignores SIGIO (process.h).
  static std::optional<bool> is_being_written(const UniqueFd& file);

  // Removes the name if it still leads to the claimed file; an error where that has changed since, such as by a writer
  // who adds to it. Not lasting before sync().
  Status remove(const std::string& name, const FileFacts& facts) const;

  // Moves the name over if it still leads to the claimed file, unchanged, and `new_name` is free in `target`; false
  // when taken.
  Result<bool> move(const std::string& name, const FileFacts& facts, const Folder& target,
                    const std::string& new_name) const;

  Status sync() const;  // makes what was added and removed last

 private:
  Folder(std::filesystem::path path, UniqueFd folder) : path_(std::move(path)), folder_(std::move(folder)) {}

  std::filesystem::path path_;
  Claim open_entry(const std::string& name) const;

  UniqueFd folder_;
};

}  // namespace muster::platform
