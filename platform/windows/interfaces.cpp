#include "platform/interfaces.h"

#include "platform/socket_address.h"
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
  IpNetwork ones = network;
  ones.address.bytes.fill(0xff);
  return {shown(network.address), shown(first_address(ones)), shown(first_address(network)), network.address.v6};
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
