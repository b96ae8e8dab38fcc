// A file that was left for us in a folder where others may write, such as /var/tmp: to be read once and removed.
#pragma once

#include <filesystem>
#include <optional>

#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Open from the check to the end, so that nothing can take the place of what was checked. Errors are of kind
// local_file.
class StagedFile {
 public:
  enum class Author { root, any };

  // Nothing where no file has that name. Refused: a link, anything but a regular file, a file with a second name; and
  // where root is to be its author one that is not root's, and one that others than root may write to. What another
  // author wrote can change until it has been read.
  static Result<std::optional<StagedFile>> open(const std::filesystem::path& path, Author author = Author::root);

  // At most `limit` bytes; larger is an error.
  Result<Secret> read(std::size_t limit) const;

  // A path to the very file that was checked, whatever its name leads to by now; while this object lives.
  std::filesystem::path checked_path() const;
  const std::filesystem::path& path() const { return path_; }

  // Overwrites the content, then removes the name while it still leads to this file.
  Status wipe_and_remove() const;

 private:
  StagedFile(std::filesystem::path path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}

  std::filesystem::path path_;
  UniqueFd file_;
};

}  // namespace muster::platform
