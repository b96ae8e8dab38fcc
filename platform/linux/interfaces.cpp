#include "platform/interfaces.h"

#include <ifaddrs.h>
#include <net/if_arp.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "platform/base/text.h"
#include "platform/linux/route_table.h"
#include "platform/linux/words.h"
#include "platform/socket_address.h"

namespace muster::platform {
namespace {

std::optional<InterfaceAddress> address_of(const ifaddrs& entry) {
  const auto address = address_in(entry.ifa_addr);
  const auto mask = address_in(entry.ifa_netmask);
  if (!address || !mask) return std::nullopt;

  IpAddress subnet = *address;
  for (std::size_t i = 0; i < subnet.bytes.size(); ++i) subnet.bytes[i] &= mask->bytes[i];
  return InterfaceAddress{shown(*address), shown(*mask), shown(subnet), address->v6};
}

std::multimap<std::string, InterfaceAddress> own_addresses() {
  std::multimap<std::string, InterfaceAddress> found;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return found;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, ::freeifaddrs);

  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    // The name of an alias is "eth0:1": its address belongs to eth0.
    const std::string_view name = entry->ifa_name;
    if (auto address = address_of(*entry)) found.emplace(name.substr(0, name.find(':')), std::move(*address));
  }
  return found;
}

// The default routes of IPv4 with a gateway, the best one first.
std::vector<DefaultRoute> default_routes(const SystemRoot& root) {
  std::vector<DefaultRoute> found;
  root.each_line("proc/net/route", [&](std::string_view line) {
    if (auto route = default_route_in_v4(line)) found.push_back(std::move(*route));
  });
  std::stable_sort(found.begin(), found.end(),
                   [](const DefaultRoute& one, const DefaultRoute& other) { return one.metric < other.metric; });
  return found;
}

std::string kind_of(const SystemRoot& root, const std::string& folder) {
  if (root.exists(folder + "/bridge")) return "bridge";
  if (root.exists(folder + "/bonding")) return "aggregate";
  if (root.exists(folder + "/wireless") || root.exists(folder + "/phy80211")) return "wifi";
  switch (root.number(folder + "/type").value_or(ARPHRD_VOID)) {
    case ARPHRD_ETHER: return "ethernet";
    case ARPHRD_LOOPBACK: return "loopback";
    case ARPHRD_INFINIBAND: return "infiniband";
    case ARPHRD_PPP: return "dialup";
    default: return "";
  }
}

std::vector<std::string> members_of(const SystemRoot& root, const std::string& folder) {
  std::vector<std::string> members = root.names(folder + "/brif");
  return members.empty() ? text::split(root.line(folder + "/bonding/slaves"), ' ') : members;
}

// A name such as "0000:00:03.0" on the way to the device in sysfs; the last one is the nearest.
std::string pci_slot_in(const std::string& path) {
  std::string found;
  for (const std::string& step : text::split(path, '/')) {
    if (step.size() == 12 && step[4] == ':' && step[7] == ':' && step[10] == '.') found = step;
  }
  return found;
}

// Of Ethernet, FireWire or InfiniBand. Tunnels have an IP address in its place; zeros stand for none.
bool is_mac(const std::string& address) {
  if (address.size() != 17 && address.size() != 23 && address.size() != 59) return false;

  for (std::size_t i = 0; i < address.size(); ++i) {
    const bool fits = i % 3 == 2 ? address[i] == ':' : std::isxdigit(static_cast<unsigned char>(address[i])) != 0;
    if (!fits) return false;
  }
  return address.find_first_not_of("0:") != std::string::npos;
}

Interface interface_of(const SystemRoot& root, const std::string& name) {
  const std::string folder = "sys/class/net/" + name;
  const std::string path = root.link(folder);
  Interface one;

  one.name = name;
  one.kind = kind_of(root, folder);
  one.status = root.line(folder + "/operstate");
  one.mac = root.line(folder + "/address");
  if (!is_mac(one.mac)) one.mac.clear();

  const std::string driver = root.link(folder + "/device/driver");
  one.driver = driver.substr(driver.rfind('/') + 1);
  one.pci_slot = pci_slot_in(path);

  one.members = members_of(root, folder);
  one.mtu = root.number(folder + "/mtu");
  one.is_virtual = path.find("/virtual/") != std::string::npos;

  // -1 where there is no carrier, and 2^32 - 1 from some drivers.
  const auto speed = root.number(folder + "/speed");
  if (speed && *speed > 0 && *speed < 10'000'000) one.speed = speed;
  return one;
}

}  // namespace

std::vector<Interface> interfaces(const SystemRoot& root) {
  const auto addresses = root.live() ? own_addresses() : std::multimap<std::string, InterfaceAddress>();
  const std::vector<DefaultRoute> routes = default_routes(root);

  std::vector<Interface> found;
  for (const std::string& name : root.names("sys/class/net")) {
    if (!root.exists("sys/class/net/" + name + "/type")) continue;  // such as the file "bonding_masters"
    Interface one = interface_of(root, name);
    const auto [first, last] = addresses.equal_range(name);
    for (auto at = first; at != last; ++at) one.addresses.push_back(at->second);

    const auto route = std::find_if(routes.begin(), routes.end(),
                                    [&](const DefaultRoute& candidate) { return candidate.interface == name; });
    if (route != routes.end()) one.gateway = shown(route->gateway);
    found.push_back(std::move(one));
  }
  return found;
}

std::vector<std::string> name_servers(const SystemRoot& root) {
  std::vector<std::string> found;
  root.each_line("etc/resolv.conf", [&](std::string_view line) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() > 1 && words[0] == "nameserver") found.push_back(words[1]);
  });
  return found;
}

std::string default_gateway(const SystemRoot& root) {
  const std::vector<DefaultRoute> routes = default_routes(root);
  return routes.empty() ? std::string() : shown(routes.front().gateway);
}

}  // namespace muster::platform
