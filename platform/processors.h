// Processors and memory as the kernel sees them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

// One socket.
struct Processor {
  std::string name;
  std::string manufacturer;
  std::string family;  // numbers as the kernel writes them, decimal
  std::string model;
  std::string stepping;
  std::uint64_t cores = 0;
  std::uint64_t threads = 0;               // of all cores together
  std::optional<std::uint64_t> max_speed;  // MHz
  std::string cache;                       // of its first core: "L1d 48K, L1i 32K, L2 2048K, L3 30720K"
};

struct MemorySize {
  std::optional<std::uint64_t> memory;  // bytes that the kernel can use
  std::optional<std::uint64_t> swap;    // bytes
};

std::vector<Processor> processors(const SystemRoot& root);
MemorySize memory_size(const SystemRoot& root);

}  // namespace muster::platform
