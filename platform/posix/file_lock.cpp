#include "platform/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <thread>

namespace muster::platform {

std::optional<FileLock> FileLock::take(const std::filesystem::path& path, milliseconds patience) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640));
  if (!file) return std::nullopt;
  const SteadyTime end = steady_now() + patience;
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (steady_now() >= end) return std::nullopt;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return FileLock(std::move(file));
}

}  // namespace muster::platform
