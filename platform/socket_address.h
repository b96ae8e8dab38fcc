// Addresses as the system's calls have them, in our form and in words.
#pragma once

#include <optional>
#include <string>

#include "platform/base/ip_address.h"

struct sockaddr;

namespace muster::platform {

// nullopt: it is null, or of neither IPv4 nor IPv6. Behind `place` there is as much as its family needs.
std::optional<IpAddress> address_in(const sockaddr* place);

std::string shown(const IpAddress& address);  // "192.0.2.1", "2001:db8::1" (RFC 5952)

}  // namespace muster::platform
