// Locks on single bytes of one file. Each byte stands for whatever the caller numbers with it; the file's content means
// nothing. A lock is held against other processes and against this one. It ends with its holder, at the latest with the
// process. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "platform/base/result.h"

namespace muster::platform {

class ByteLocks {
  struct File;

 public:
  class Lock {
   public:
    Lock(Lock&& other) noexcept : file_(std::move(other.file_)), place_(other.place_) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();

   private:
    friend class ByteLocks;
    Lock(std::shared_ptr<File> file, std::uint64_t place) : file_(std::move(file)), place_(place) {}

    std::shared_ptr<File> file_;
    std::uint64_t place_;
  };

  static constexpr std::uint64_t places = std::uint64_t{1} << 62;

  // Makes the file where it is missing: root:muster 0660 where we are root and that group exists, otherwise our own.
  // It is never removed, and links are not followed. Errors are of kind local_file.
  static Result<std::unique_ptr<ByteLocks>> open(std::filesystem::path file);

  // nullopt: the byte is locked already, by another process or by this one. Also while the file was replaced under
  // locks that this process still holds. An error where the system cannot lock at all.
  Result<std::optional<Lock>> try_lock(std::uint64_t place);

  // Waits for another process to release the byte. The byte must not be locked by this one.
  Result<Lock> wait_for(std::uint64_t place);

 private:
  explicit ByteLocks(std::shared_ptr<File> file) : file_(std::move(file)) {}
  Result<bool> is_current();

  std::shared_ptr<File> file_;
};

}  // namespace muster::platform
