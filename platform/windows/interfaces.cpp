#include "platform/interfaces.h"

#include "platform/windows/adapters.h"

namespace muster::platform {
namespace {

constexpr unsigned long ethernet = 6;  // RFC 2863, ifType
constexpr unsigned long wifi = 71;
constexpr unsigned long ppp = 23;

std::string kind_of(const Adapter& adapter) {
  if (adapter.is_loopback) return "loopback";
  if (adapter.type == ethernet) return "ethernet";
  if (adapter.type == wifi) return "wifi";
  return adapter.type == ppp ? "dialup" : "";
}

InterfaceAddress address_of(const IpNetwork& network) {
  IpAddress mask;
  IpAddress subnet = network.address;
  mask.v6 = network.address.v6;
  for (unsigned bit = 0; bit < network.address.bits(); ++bit) {
    const auto value = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    if (bit < network.prefix) {
      mask.bytes[bit / 8] |= value;
    } else {
      subnet.bytes[bit / 8] &= static_cast<std::uint8_t>(~value);
    }
  }
  return {shown(network.address), shown(mask), shown(subnet), network.address.v6};
}

}  // namespace

std::vector<Interface> interfaces(const SystemRoot& /*root*/) {
  constexpr std::uint64_t mega = 1'000'000;
  std::vector<Interface> found;

  for (const Adapter& adapter : adapters()) {
    Interface one;
    one.name = adapter.name;
    one.kind = kind_of(adapter);
    one.status = adapter.is_up ? "up" : "down";
    one.mac = adapter.mac;
    one.driver = adapter.description;
    one.mtu = adapter.mtu;
    if (adapter.speed) one.speed = *adapter.speed / mega;
    one.is_virtual = adapter.is_loopback;

    for (const IpAddress& gateway : adapter.gateways) {
      if (!gateway.v6 && one.gateway.empty()) one.gateway = shown(gateway);
    }
    for (const IpNetwork& network : adapter.networks) one.addresses.push_back(address_of(network));
    found.push_back(std::move(one));
  }
  return found;
}

std::vector<std::string> name_servers(const SystemRoot& /*root*/) {
  std::vector<std::string> found;
  for (const Adapter& adapter : adapters()) {
    if (!adapter.is_up) continue;
    for (const IpAddress& server : adapter.name_servers) found.push_back(shown(server));
  }
  return found;
}

std::string default_gateway(const SystemRoot& /*root*/) {
  for (const Adapter& adapter : adapters()) {
    for (const IpAddress& gateway : adapter.gateways) {
      if (adapter.is_up && !gateway.v6) return shown(gateway);
    }
  }
  return {};
}

}  // namespace muster::platform
