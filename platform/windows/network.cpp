#include "platform/network.h"

#include <array>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "platform/base/text.h"
#include "platform/socket.h"
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

IpAddress masked(const IpNetwork& network) {
  IpAddress address = network.address;
  for (unsigned bit = network.prefix; bit < address.bits(); ++bit) {
    address.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  }
  return address;
}

// Outlives the call where a name server does not answer in time.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::vector<std::string>> addresses;
  std::size_t missing = 0;
};

}  // namespace

std::vector<IpNetwork> own_networks() {
  std::vector<IpNetwork> networks;
  for (const Adapter& adapter : adapters()) {
    if (!adapter.is_up || adapter.is_loopback) continue;
    for (const IpNetwork& network : adapter.networks) {
      const bool of_link =
          network.address.v6 && network.address.bytes[0] == 0xfe && (network.address.bytes[1] & 0xc0U) == 0x80;
      if (!of_link) networks.push_back(network);
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
  IpNetwork around{gateway, gateway.bits()};
  for (const IpNetwork& network : first->networks) {
    if (contains(network, gateway)) around = network;
  }
  return shown(gateway) + "/" + shown(masked(around)) + "/" + std::to_string(around.prefix);
}

std::vector<std::vector<std::string>> resolve(const std::vector<std::string>& names, milliseconds patience) {
  static_cast<void>(has_sockets_left());  // starts the system's part
  const auto answers = std::make_shared<Answers>();
  answers->addresses.resize(names.size());

  const auto keep = [answers](std::size_t i, std::vector<std::string> found) {
    const std::lock_guard lock(answers->mutex);
    answers->addresses[i] = std::move(found);
    --answers->missing;
    answers->changed.notify_one();
  };

  for (std::size_t i = 0; i < names.size(); ++i) {
    if (parse_ip(names[i])) {
      answers->addresses[i] = {names[i]};
      continue;
    }

    {
      const std::lock_guard lock(answers->mutex);
      ++answers->missing;
    }

    try {
      std::thread([keep, i, name = names[i]] { keep(i, resolve_one(name)); }).detach();
    } catch (const std::system_error&) {
      keep(i, {});  // no thread left: as if it had no address
    }
  }

  std::unique_lock lock(answers->mutex);
  answers->changed.wait_for(lock, patience, [&] { return answers->missing == 0; });
  return answers->addresses;
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
