// Reading local files. Every call opens first and judges the open file, never the name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.h"
#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

struct FileFacts {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;  // bytes
  WallTime modified;
  WallTime status_changed;  // also when owner, mode or name change
  bool operator==(const FileFacts&) const = default;
};

// "No such file or directory (errno 2)" for the given or the calling thread's errno.
std::string os_error(int number);
std::string last_os_error();

// Whether the system said that there is no such file: an error with its number for that.
bool says_missing(const Error& error);

// Of kind local_file: "cannot open FILE" and what the system says about it, whose number it carries.
Error system_error(const std::string& what, int number, std::string remedy = {});

// Opens a regular file for reading; anything else (folder, device, pipe) is an error of kind local_file. Links
// are followed: the caller was given the name by the user. Never blocks, not even on a pipe without a writer.
Result<UniqueFd> open_regular(const std::filesystem::path& path);

Result<FileFacts> facts_of(const UniqueFd& file, const std::filesystem::path& path);

// Of what the name leads to now, links followed; nullopt when that cannot be examined.
std::optional<FileFacts> facts_at(const std::filesystem::path& path);

// The whole content of a regular file of at most `limit` bytes; larger is an error.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit);
Result<std::string> read_all(const UniqueFd& file, const std::filesystem::path& path, std::uint64_t limit);

struct FolderFiles {
  std::vector<std::filesystem::path> files;     // regular ones, links followed; sorted
  std::vector<std::filesystem::path> dangling;  // links that lead nowhere, in no order
};

// What lies in a folder by name; at most `limit` files, more is an error, and so is an entry that cannot be examined.
// A folder that does not exist is an error of kind local_file whose message says so.
Result<FolderFiles> regular_files(const std::filesystem::path& folder, std::size_t limit);

// The folder that a name is in: "." for one without a path.
inline std::filesystem::path folder_around(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool exists(const std::filesystem::path& path);

// Whether this process may write to a file, or add entries to a folder.
bool may_write(const std::filesystem::path& path);

// True only when nothing has that name: what may not be examined neither exists nor is absent.
bool absent(const std::filesystem::path& path);

}  // namespace muster::platform
