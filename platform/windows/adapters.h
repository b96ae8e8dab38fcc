// The network adapters, as GetAdaptersAddresses has them. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/ip_address.h"
#include "platform/windows/native.h"

namespace muster::platform {

struct Adapter {
  std::string name;         // "Ethernet 2", as people see it
  std::string description;  // "Intel(R) Ethernet Connection"
  std::string mac;          // lower case with colons; empty: none
  unsigned long type = 0;   // IF_TYPE_...
  bool is_up = false;
  bool is_loopback = false;
  unsigned long metric = 0;  // of IPv4, or of IPv6 where it has no IPv4
  std::uint64_t mtu = 0;
  std::optional<std::uint64_t> speed;  // bit/s
  std::vector<IpNetwork> networks;
  std::vector<IpAddress> gateways;
  std::vector<IpAddress> name_servers;
};

std::vector<Adapter> adapters();

std::string link_address(const BYTE* bytes, ULONG length);  // lower case with colons

}  // namespace muster::platform
