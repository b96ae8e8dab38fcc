#include "platform/listeners.h"

#include <winsock2.h>
#include <ws2tcpip.h>

#include <iphlpapi.h>

#include <fmt/core.h>

#include <array>
#include <cstring>
#include <memory>

#include "platform/socket_address.h"
#include "platform/windows/adapters.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

constexpr std::size_t max_sockets = 10'000;
constexpr std::size_t max_neighbours = 10'000;

std::uint16_t port_of(DWORD in_network_order) { return ::ntohs(static_cast<std::uint16_t>(in_network_order)); }

std::string address_of(DWORD v4) {
  IpAddress address;
  std::memcpy(address.bytes.data(), &v4, sizeof v4);
  return shown(address);
}

std::string address_of(const UCHAR (&v6)[16]) {
  IpAddress address;
  address.v6 = true;
  std::memcpy(address.bytes.data(), &v6[0], sizeof v6);
  return shown(address);
}

// A table of the system that grows while it is read.
template <class Table, class Fetch>
std::vector<std::uint64_t> table_of(const Fetch& fetch, DWORD& result) {
  constexpr int tries = 5;
  DWORD size = 64 << 10;
  std::vector<std::uint64_t> buffer;  // aligned as the system wants it
  result = ERROR_INSUFFICIENT_BUFFER;

  for (int i = 0; i < tries && result == ERROR_INSUFFICIENT_BUFFER; ++i) {
    buffer.assign(size / sizeof(std::uint64_t) + 1, 0);
    size = static_cast<DWORD>(buffer.size() * sizeof buffer[0]);
    result = fetch(reinterpret_cast<Table*>(buffer.data()), &size);
  }
  return buffer;
}

template <class Table, class Fetch>
void add_sockets(const SystemRoot& root, const char* protocol, const Fetch& fetch,
                 std::vector<ListeningSocket>& found) {
  DWORD result = 0;
  const auto buffer = table_of<Table>(fetch, result);
  if (result != NO_ERROR) {
    root.note(fmt::format("cannot list the {} sockets (error {})", protocol, result));
    return;
  }

  const auto* const table = reinterpret_cast<const Table*>(buffer.data());
  for (DWORD i = 0; i < table->dwNumEntries && found.size() < max_sockets; ++i) {
    const auto& row = table->table[i];
    ListeningSocket socket;
    socket.protocol = protocol;
    socket.port = port_of(row.dwLocalPort);
    socket.pid = row.dwOwningPid;

    if constexpr (requires { row.ucLocalAddr; }) {
      socket.address = address_of(row.ucLocalAddr);
    } else {
      socket.address = address_of(row.dwLocalAddr);
    }
    found.push_back(std::move(socket));
  }
}

std::string state_of(NL_NEIGHBOR_STATE state) {
  static constexpr std::array names{"unreachable", "incomplete", "probe", "delay", "stale", "reachable", "permanent"};
  const auto number = static_cast<std::size_t>(state);
  return number < names.size() ? names.at(number) : "";
}

std::string name_of(const NET_LUID& interface_id) {
  std::array<wchar_t, IF_MAX_STRING_SIZE + 1> name{};
  return ::ConvertInterfaceLuidToAlias(&interface_id, name.data(), name.size()) == NO_ERROR ? narrow(name.data())
                                                                                            : std::string();
}

// Multicast and broadcast addresses are no neighbours: their first byte is odd.
bool is_device(const MIB_IPNET_ROW2& row) {
  return row.PhysicalAddressLength > 0 && row.PhysicalAddressLength <= sizeof row.PhysicalAddress &&
         (row.PhysicalAddress[0] & 1U) == 0;
}

struct FreeTable {
  void operator()(void* table) const { ::FreeMibTable(table); }
};

}  // namespace

std::vector<ListeningSocket> listening_sockets(const SystemRoot& root) {
  std::vector<ListeningSocket> found;
  const auto tcp = [](ULONG family) {
    return [family](void* table, DWORD* size) {
      return ::GetExtendedTcpTable(table, size, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0);
    };
  };
  const auto udp = [](ULONG family) {
    return [family](void* table, DWORD* size) {
      return ::GetExtendedUdpTable(table, size, FALSE, family, UDP_TABLE_OWNER_PID, 0);
    };
  };

  add_sockets<MIB_TCPTABLE_OWNER_PID>(root, "tcp", tcp(AF_INET), found);
  add_sockets<MIB_TCP6TABLE_OWNER_PID>(root, "tcp", tcp(AF_INET6), found);
  add_sockets<MIB_UDPTABLE_OWNER_PID>(root, "udp", udp(AF_INET), found);
  add_sockets<MIB_UDP6TABLE_OWNER_PID>(root, "udp", udp(AF_INET6), found);
  return found;
}

std::vector<Neighbour> neighbours(const SystemRoot& root) {
  std::vector<Neighbour> found;
  MIB_IPNET_TABLE2* table = nullptr;
  const DWORD result = ::GetIpNetTable2(AF_UNSPEC, &table);
  const std::unique_ptr<void, FreeTable> freeing(table);
  if (result == ERROR_NOT_FOUND) return found;
  if (result != NO_ERROR) {
    root.note(fmt::format("cannot list the neighbours (error {})", result));
    return found;
  }

  for (ULONG i = 0; i < table->NumEntries && found.size() < max_neighbours; ++i) {
    const MIB_IPNET_ROW2& row = table->Table[i];
    const auto address = address_in(reinterpret_cast<const sockaddr*>(&row.Address));
    if (!address || !is_device(row)) continue;
    found.push_back({shown(*address), link_address(&row.PhysicalAddress[0], row.PhysicalAddressLength),
                     name_of(row.InterfaceLuid), state_of(row.State)});
  }
  return found;
}

}  // namespace muster::platform
