// From struct stat to the facts that the floors above know. Private to this folder.
#pragma once

#include <sys/stat.h>

#include "platform/file.h"

namespace muster::platform {

inline FileFacts facts_of_stat(const struct stat& facts) {
  const auto since = seconds(facts.st_mtim.tv_sec) + std::chrono::nanoseconds(facts.st_mtim.tv_nsec);
  return {facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size),
          WallTime(std::chrono::duration_cast<WallTime::duration>(since))};
}

}  // namespace muster::platform
