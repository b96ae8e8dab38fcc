#include "platform/network.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <future>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/linux/route_table.h"
#include "platform/name_lookups.h"
#include "platform/socket_address.h"

namespace muster::platform {
namespace {

constexpr std::uint64_t largest_table = 4 << 20;

unsigned length_of(const IpAddress& mask) {
  unsigned length = 0;
  for (const std::uint8_t byte : mask.bytes) length += static_cast<unsigned>(std::popcount(byte));
  return length;
}

// Not /proc/net, which a service with ProcSubset=pid does not see.
std::optional<IpAddress> gateway() {
  const auto v4 = read_file("/proc/self/net/route", largest_table);
  if (const auto found = v4 ? gateway_in_v4(*v4) : std::nullopt) return found;
  const auto v6 = read_file("/proc/self/net/ipv6_route", largest_table);
  return v6 ? gateway_in_v6(*v6) : std::nullopt;
}

std::vector<std::string> resolve_one(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0 || found == nullptr) return {};
  std::vector<std::string> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    if (const auto address = address_in(at->ai_addr)) addresses.push_back(shown(*address));
  }
  ::freeaddrinfo(found);
  return addresses;
}

std::string canonical_name_of(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0 || found == nullptr) return {};
  std::string canonical = found->ai_canonname == nullptr ? "" : found->ai_canonname;
  ::freeaddrinfo(found);
  return canonical;
}

}  // namespace

std::vector<IpNetwork> own_networks() {
  std::vector<IpNetwork> networks;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return networks;
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next) {
    const auto address = address_in(at->ifa_addr);
    const auto mask = address_in(at->ifa_netmask);
    if (!address || !mask || (at->ifa_flags & IFF_UP) == 0 || (at->ifa_flags & IFF_LOOPBACK) != 0) continue;
    if (!is_link_local(*address)) networks.push_back({*address, length_of(*mask)});
  }
  ::freeifaddrs(first);
  return networks;
}

std::string network_name() {
  const auto found = gateway();
  if (!found) return "-";
  const IpNetwork network = network_around(own_networks(), *found);
  return shown(*found) + "/" + shown(first_address(network)) + "/" + std::to_string(network.prefix);
}

std::vector<std::vector<std::string>> resolve(const std::vector<std::string>& names, milliseconds patience) {
  return look_up_together(names, patience, resolve_one);
}

std::string qualified_host_name(milliseconds patience) {
  std::array<char, 256> own{};
  if (::gethostname(own.data(), own.size() - 1) != 0) return {};
  std::string name = own.data();
  if (name.find('.') != std::string::npos) return name;

  std::promise<std::string> promise;
  auto canonical = promise.get_future();
  try {
    std::thread([name, answer = std::move(promise)]() mutable { answer.set_value(canonical_name_of(name)); }).detach();
  } catch (const std::system_error&) {
    return {};  // no thread left
  }

  if (canonical.wait_for(patience) != std::future_status::ready) return {};
  // Another machine's name, such as localhost.localdomain, is none of this one.
  std::string found = canonical.get();
  return text::starts_with_ignoring_case(found, name + ".") ? found : std::string();
}

}  // namespace muster::platform
