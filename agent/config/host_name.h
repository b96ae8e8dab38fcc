// What stands for a machine in a preference: a name (RFC 1123) or an address.
#pragma once

#include <string_view>

namespace muster::config {

// An IPv6 address without its brackets, as far as it looks like one; the resolver decides.
bool looks_like_ipv6(std::string_view host);

// A name or an IPv4 address. Longer ones than DNS knows are none.
bool is_host_name(std::string_view host);

constexpr std::size_t longest_host_name = 253;

}  // namespace muster::config
