// From struct stat to the facts that the floors above know. Private to this folder.
#pragma once

#include <sys/stat.h>

#include "platform/file.h"

namespace muster::platform {

inline WallTime wall_time(const struct timespec& time) {
  const auto since = seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  return WallTime(std::chrono::duration_cast<WallTime::duration>(since));
}

inline FileFacts facts_of_stat(const struct stat& facts) {
  return {facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size), wall_time(facts.st_mtim),
          wall_time(facts.st_ctim)};
}

}  // namespace muster::platform
