#include "platform/file_lock.h"

#include <thread>

#include "platform/lock_file.h"

namespace muster::platform {

std::optional<FileLock> FileLock::take(const std::filesystem::path& path, milliseconds patience) {
  auto file = open_lock_file(path);
  if (!file) return std::nullopt;
  const SteadyTime end = steady_now() + patience;
  while (!try_lock_file(*file)) {
    if (steady_now() >= end) return std::nullopt;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return FileLock(std::move(*file));
}

}  // namespace muster::platform
