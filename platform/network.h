// The network that this machine is in now.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.h"
#include "platform/base/ip_address.h"

namespace muster::platform {

// Addresses of interfaces that are up, with the prefix that their mask gives; none of loopback and none of one link
// alone (fe80::/10).
std::vector<IpNetwork> own_networks();

// One word that names the network by its gateway and prefix: "192.0.2.1/192.0.2.0/24", or "-" where there is no
// gateway. Two networks with the same private addresses look alike.
std::string network_name();

// The addresses of each name, in the order in which they would be tried; none where none was found in `patience`.
// Addresses are given back as they are. Blocks until all have answered or that time is over.
std::vector<std::vector<std::string>> resolve(const std::vector<std::string>& names, milliseconds patience);

// This machine's name with its domain, from its configuration or DNS: "device.example.com". Empty where there is
// none, or none was found in `patience`. Blocks no longer than that.
std::string qualified_host_name(milliseconds patience);

}  // namespace muster::platform
