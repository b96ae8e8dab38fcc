#include "platform/windows/adapters.h"

#include <iphlpapi.h>

#include "platform/socket_address.h"

namespace muster::platform {
namespace {

Adapter adapter_of(const IP_ADAPTER_ADDRESSES& from) {
  constexpr std::uint64_t unknown_speed = ~std::uint64_t{0};
  Adapter adapter;
  adapter.name = narrow(from.FriendlyName);
  adapter.description = narrow(from.Description);
  adapter.mac = link_address(&from.PhysicalAddress[0], from.PhysicalAddressLength);
  adapter.type = from.IfType;
  adapter.is_up = from.OperStatus == IfOperStatusUp;
  adapter.is_loopback = from.IfType == IF_TYPE_SOFTWARE_LOOPBACK;
  adapter.metric = from.Ipv4Enabled ? from.Ipv4Metric : from.Ipv6Metric;
  adapter.mtu = from.Mtu;
  if (from.TransmitLinkSpeed != unknown_speed) adapter.speed = from.TransmitLinkSpeed;

  for (const auto* at = from.FirstUnicastAddress; at != nullptr; at = at->Next) {
    if (const auto address = address_in(at->Address.lpSockaddr)) {
      adapter.networks.push_back({*address, at->OnLinkPrefixLength});
    }
  }
  for (const auto* at = from.FirstGatewayAddress; at != nullptr; at = at->Next) {
    if (const auto address = address_in(at->Address.lpSockaddr)) adapter.gateways.push_back(*address);
  }
  for (const auto* at = from.FirstDnsServerAddress; at != nullptr; at = at->Next) {
    if (const auto address = address_in(at->Address.lpSockaddr)) adapter.name_servers.push_back(*address);
  }
  return adapter;
}

}  // namespace

std::string link_address(const BYTE* bytes, ULONG length) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (ULONG i = 0; i < length; ++i) {
    if (!text.empty()) text += ':';
    text += digits[bytes[i] >> 4U];
    text += digits[bytes[i] & 0xFU];
  }
  return text;
}

std::vector<Adapter> adapters() {
  constexpr ULONG wanted = GAA_FLAG_INCLUDE_GATEWAYS | GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST;
  constexpr int tries = 3;
  ULONG size = 32'768;
  std::vector<std::uint64_t> buffer;  // aligned as the system wants it
  ULONG result = ERROR_BUFFER_OVERFLOW;

  for (int i = 0; i < tries && result == ERROR_BUFFER_OVERFLOW; ++i) {
    buffer.resize(size / sizeof buffer[0] + 1);
    auto* const first = reinterpret_cast<IP_ADAPTER_ADDRESSES*>(buffer.data());
    result = ::GetAdaptersAddresses(AF_UNSPEC, wanted, nullptr, first, &size);
  }

  std::vector<Adapter> found;
  if (result != NO_ERROR) return found;
  for (const auto* at = reinterpret_cast<const IP_ADAPTER_ADDRESSES*>(buffer.data()); at != nullptr; at = at->Next) {
    found.push_back(adapter_of(*at));
  }
  return found;
}

}  // namespace muster::platform
