// What the system allocates for the caller with LocalAlloc(). Private to this folder.
#pragma once

#include <windows.h>

#include <memory>

namespace muster::platform {

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};
using LocalMemory = std::unique_ptr<void, FreeLocal>;

}  // namespace muster::platform
