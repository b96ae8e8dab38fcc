// Addresses of IPv4 and IPv6 as bits. Values without an operating system.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace muster {

struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // the first four for IPv4

  unsigned bits() const { return v6 ? 128 : 32; }
  bool operator==(const IpAddress&) const = default;
};

// An address with the length of its network's prefix, as an interface has it.
struct IpNetwork {
  IpAddress address;
  unsigned prefix = 0;
};

// "192.0.2.1", "2001:db8::1" (RFC 4291, 2.2), without zone or brackets; an IPv4 address in IPv6 form (::ffff:192.0.2.1)
// becomes one of IPv4.
std::optional<IpAddress> parse_ip(std::string_view text);

// Equal leading bits; 0 between the two families.
unsigned common_bits(const IpAddress& a, const IpAddress& b);

inline bool contains(const IpNetwork& network, const IpAddress& address) {
  return network.address.v6 == address.v6 && common_bits(network.address, address) >= network.prefix;
}

// The network's lowest address: its own with all bits after the prefix 0.
IpAddress first_address(const IpNetwork& network);

// The first of `networks` that has `address`; one of this address alone where none has it.
IpNetwork network_around(const std::vector<IpNetwork>& networks, const IpAddress& address);

bool is_link_local(const IpAddress& address);  // fe80::/10 (RFC 4291, 2.5.6)

}  // namespace muster
