#include "platform/network.h"

#include <array>
#include <memory>

#include "platform/name_lookups.h"
#include "platform/socket.h"
#include "platform/socket_address.h"
#include "platform/windows/adapters.h"

namespace muster::platform {
namespace {

std::vector<std::string> resolve_one(const std::string& name) {
  ADDRINFOW hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  ADDRINFOW* found = nullptr;
  if (::GetAddrInfoW(wide(name).c_str(), nullptr, &hints, &found) != 0 || found == nullptr) return {};
  const std::unique_ptr<ADDRINFOW, void(WSAAPI*)(ADDRINFOW*)> freeing(found, ::FreeAddrInfoW);

  std::vector<std::string> addresses;
  for (const ADDRINFOW* at = found; at != nullptr; at = at->ai_next) {
    if (const auto address = address_in(at->ai_addr)) addresses.push_back(shown(*address));
  }
  return addresses;
}

}  // namespace

std::vector<IpNetwork> own_networks() {
  std::vector<IpNetwork> networks;
  for (const Adapter& adapter : adapters()) {
    if (!adapter.is_up || adapter.is_loopback) continue;
    for (const IpNetwork& network : adapter.networks) {
      if (!is_link_local(network.address)) networks.push_back(network);
    }
  }
  return networks;
}

std::string network_name() {
  const Adapter* first = nullptr;
  const std::vector<Adapter> all = adapters();
  for (const Adapter& adapter : all) {
    if (!adapter.is_up || adapter.gateways.empty()) continue;
    if (first == nullptr || adapter.metric < first->metric) first = &adapter;
  }
  if (first == nullptr) return "-";

  const IpAddress& gateway = first->gateways.front();
  const IpNetwork network = network_around(first->networks, gateway);
  return shown(gateway) + "/" + shown(first_address(network)) + "/" + std::to_string(network.prefix);
}

std::vector<std::vector<std::string>> resolve(const std::vector<std::string>& names, milliseconds patience) {
  static_cast<void>(has_sockets_left());  // starts the system's part
  return look_up_together(names, patience, resolve_one);
}

// As the machine is configured or joined to a domain; DNS is not asked.
std::string qualified_host_name(milliseconds /*patience*/) {
  std::array<wchar_t, 512> name{};
  auto size = static_cast<DWORD>(name.size());
  if (!::GetComputerNameExW(ComputerNamePhysicalDnsFullyQualified, name.data(), &size)) return {};
  std::string found = narrow({name.data(), size});
  return found.find('.') == std::string::npos ? std::string() : found;
}

}  // namespace muster::platform
