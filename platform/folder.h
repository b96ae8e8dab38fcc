// A folder held open. Entries are reached through it, so that no other folder can be put in its place between two
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

  // Of a folder that is held open, with the path for messages. Listings of one folder do not disturb each other.
  static Result<Listing> of(const UniqueFd& folder, std::filesystem::path path);

  Listing(Listing&& other) noexcept;
  Listing& operator=(Listing&&) = delete;
  ~Listing();

  std::optional<Name> next();  // without "." and ".."; nullopt at the end, or where reading failed
  const std::optional<Error>& problem() const { return problem_; }  // after the last: why it was not the end

 private:
  Listing(std::filesystem::path path, void* stream) : path_(std::move(path)), stream_(stream) {}
  std::filesystem::path path_;
  void* stream_;
  std::optional<Error> problem_;
};

// What a name leads to, opened.
struct OpenEntry {
  enum class State {
    open,        // a regular file with one name
    gone,        // no such name (any more)
    unfit,       // a link, a device, a folder, or a file with several names
    unreadable,  // the system refuses: see `problem`
  };
  State state = State::gone;
  UniqueFd file;  // open: for reading
  FileFacts facts;
  Error problem;  // unfit, unreadable
};

// What became of a name that was to be removed.
enum class Removal {
  removed,
  replaced,  // it leads to another file by now, or nowhere
  changed,   // it leads to the file, which was written to since: it stays
};

class Folder {
 public:
  // Links on the way there are followed. Errors are of kind local_file.
  static Result<Folder> open(const std::filesystem::path& path);

  // An entry that is a folder, not a link; made with the mode of this one when `make` and it is missing.
  Result<Folder> open_folder(const std::string& name, bool make) const;

  const std::filesystem::path& path() const { return path_; }

  Result<Listing> list() const;
  OpenEntry examine(const std::string& name) const;

  // Whether names can be removed from it. An error says why not: no write access, a read-only file system. Single names
  // may be protected all the same (sticky folders, immutable files).
  Status may_remove() const;

  // Removes the name if it still leads to the file with these facts, unchanged. Not lasting before sync().
  Result<Removal> remove(const std::string& name, const FileFacts& facts) const;

  // Writes a small file: whole under its name and on disk, or not at all. `temporary` is a name that no other process
  // uses; what has it is replaced. The mode is exact, whatever the umask says.
  Status write(const std::string& temporary, const std::string& name, std::string_view content, unsigned mode) const;

  // Moves the name over if it still leads to the file with these facts, unchanged, and `new_name` is free in `target`;
  // false when taken.
  Result<bool> move(const std::string& name, const FileFacts& facts, const Folder& target,
                    const std::string& new_name) const;

  Status sync() const;  // makes what was added and removed last

 private:
  Folder(std::filesystem::path path, UniqueFd folder) : path_(std::move(path)), folder_(std::move(folder)) {}

  std::filesystem::path path_;
  UniqueFd folder_;
};

}  // namespace muster::platform
