// The kernel's tables of routes as proc(5) shows them. Private to this folder; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/ip_address.h"

namespace muster::platform {

struct DefaultRoute {
  std::string interface;
  IpAddress gateway;
  std::uint32_t metric = 0;  // of several routes the kernel takes the one with the lowest
};

// One line of /proc/net/route; nullopt unless it is a default route through a gateway.
std::optional<DefaultRoute> default_route_in_v4(std::string_view line);

// The gateway of the best default route; nullopt without one, or where it leads to a link alone.
std::optional<IpAddress> gateway_in_v4(std::string_view table);  // /proc/self/net/route
std::optional<IpAddress> gateway_in_v6(std::string_view table);  // /proc/self/net/ipv6_route

}  // namespace muster::platform
