// Running programs, by name and file only: command lines and environments may hold secrets and are never read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

struct RunningProgram {
  std::uint64_t pid = 0;
  std::string name;        // comm of proc(5), at most 15 bytes
  std::string executable;  // "/usr/sbin/nginx"; empty where this user may not know
};

std::vector<RunningProgram> running_programs(const SystemRoot& root);

// The package that a file came with.
struct OwningPackage {
  std::string name;
  std::string version;
};

// For each of the files, in their order; nullopt where no package owns it.
std::vector<std::optional<OwningPackage>> owning_packages(const SystemRoot& root,
                                                          const std::vector<std::string>& files);

}  // namespace muster::platform
