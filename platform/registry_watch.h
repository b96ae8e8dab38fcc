// Reports changes in the registry of Windows below HKEY_LOCAL_MACHINE, without polling. Other systems have no source
// for this header.
#pragma once

#include <memory>
#include <string>

#include "platform/unique_fd.h"

namespace muster::platform {

// One thread, which lives as long as the watch: Windows reports for a thread.
class RegistryWatch {
 public:
  RegistryWatch();
  RegistryWatch(RegistryWatch&& other) noexcept;
  RegistryWatch& operator=(RegistryWatch&& other) noexcept;
  ~RegistryWatch();

  // Watches the key, of the 64-bit view, and all below it; where it is not there, the nearest one above it that is, for
  // keys that are made in it.
  void start(const std::string& key);

  // Becomes readable at a change; empty before start(), and where nothing can be watched.
  const UniqueFd& handle() const;

  // Whether there was any since the last call; watches on.
  bool take_changes();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::platform
