// One process of a kind at a time. The lock ends with its process, however that ends.
#pragma once

#include <filesystem>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

class InstanceLock {
 public:
  // The error names the process that holds it; its kind is failure, or local_file when the file cannot be used.
  static Result<InstanceLock> take(const std::filesystem::path& file);

 private:
  explicit InstanceLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

}  // namespace muster::platform
