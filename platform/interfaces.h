// Network interfaces as the kernel has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/system_root.h"

namespace muster::platform {

struct InterfaceAddress {
  std::string address;  // "192.0.2.17", "2001:db8::1"
  std::string mask;     // in the form of an address
  std::string subnet;   // the address without the bits of the host
  bool v6 = false;
};

struct Interface {
  std::string name;
  std::string kind;    // "ethernet", "wifi", "loopback", "bridge", "aggregate", "infiniband", "dialup"; empty: another
  std::string status;  // operational state in lower case, RFC 2863: "up", "down", "unknown", "lowerlayerdown", ...
  std::string mac;     // lower case with colons; empty: none
  std::string driver;
  std::string pci_slot;                // "0000:00:03.0"
  std::string gateway;                 // IPv4, of the default route through it
  std::vector<std::string> members;    // of a bridge or an aggregate
  std::optional<std::uint64_t> speed;  // Mbit/s
  std::optional<std::uint64_t> mtu;
  bool is_virtual = false;
  std::vector<InterfaceAddress> addresses;  // of a live system only
};

std::vector<Interface> interfaces(const SystemRoot& root);

std::vector<std::string> name_servers(const SystemRoot& root);  // resolv.conf(5)
std::string default_gateway(const SystemRoot& root);            // IPv4; empty: there is none

}  // namespace muster::platform
