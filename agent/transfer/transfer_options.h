// What the preferences say of every exchange, whatever it carries.
#pragma once

#include <cstdint>

#include "platform/base/clock.h"

namespace muster::transfer {

enum class IpVersion { system, v4, v6 };  // PreferIPVersion

struct TransferOptions {
  seconds network_timeout{30};  // NetworkTimeout: connect and handshake; then the longest silence
  bool keep_alive = true;       // SendTCPKeepAlive
  IpVersion ip_version = IpVersion::system;
  std::uint64_t stall_speed =
      100;                      // bytes a second over network_timeout; slower has stalled (NetworkMinSpeed, or this)
  std::uint64_t min_speed = 0;  // bytes a second of a whole transfer; 0: any speed will do (NetworkMinSpeed)
  std::uint64_t assumed_speed = 4096;  // bytes a second that a limit on a whole transfer allows for

  // How long a transfer of so many bytes may take in all: ten minutes, and the time that they need at the assumed
  // speed.
  seconds total_time(std::uint64_t bytes) const;
};

}  // namespace muster::transfer
