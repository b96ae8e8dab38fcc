// What listens on this device, and which neighbours its kernel knows. Nothing is sent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

struct ListeningSocket {
  std::string protocol;  // "tcp", "udp"
  std::string address;   // "0.0.0.0", "::1"
  std::uint16_t port = 0;
  std::uint64_t inode = 0;
  std::uint64_t pid =
      0;  // the lowest of the processes that hold it; 0: unknown, which needs root for other users' ones
};

struct Neighbour {
  std::string address;
  std::string mac;
  std::string interface;
  std::string state;  // "reachable", "stale", "permanent", ...
};

std::vector<ListeningSocket> listening_sockets(const SystemRoot& root);
std::vector<Neighbour> neighbours(const SystemRoot& root);  // those with a link-layer address

}  // namespace muster::platform
