// Notices when this machine's network or its routes have changed.
#pragma once

#include <map>

#include "platform/unique_fd.h"

namespace muster::platform {

// One thread. Where the system has no descriptor left for it, it never reports a change.
class NetworkWatch {
 public:
  NetworkWatch();

  // Readable when there may be something to take.
  const UniqueFd& handle() const { return handle_; }

  // Takes what has happened since the last call. True: an interface went up or down, or an address or a route came or
  // went. Not for loopback, and not for what interfaces report of themselves all the time.
  bool take_changes();

 private:
  UniqueFd handle_;
  std::map<int, bool> running_;  // by interface
};

}  // namespace muster::platform
