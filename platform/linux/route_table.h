// The kernel's tables of routes as proc(5) shows them. Private to this folder; pure.
#pragma once

#include <optional>
#include <string_view>

#include "platform/base/ip_address.h"

namespace muster::platform {

// The gateway of the default route; nullopt without one, or where it leads to a link alone.
std::optional<IpAddress> gateway_in_v4(std::string_view table);  // /proc/self/net/route
std::optional<IpAddress> gateway_in_v6(std::string_view table);  // /proc/self/net/ipv6_route

}  // namespace muster::platform
