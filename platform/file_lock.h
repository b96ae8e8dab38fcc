// A lock among processes for moments: held while a small file is read and written. It ends with its process.
#pragma once

#include <filesystem>
#include <optional>

#include "platform/base/clock.h"
#include "platform/unique_fd.h"

namespace muster::platform {

class FileLock {
 public:
  // Makes the file when it is missing. nullopt: another process holds the lock for longer than `patience`, or this one
  // may not open the file.
  static std::optional<FileLock> take(const std::filesystem::path& file, milliseconds patience);

 private:
  explicit FileLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

}  // namespace muster::platform
