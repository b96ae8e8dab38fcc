#include "platform/socket_address.h"

#include <array>
#include <cstring>

#include "platform/windows/native.h"

namespace muster::platform {

std::optional<IpAddress> address_in(const sockaddr* place) {
  IpAddress address;
  if (place == nullptr) return std::nullopt;

  if (place->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, place, sizeof v4);
    std::memcpy(address.bytes.data(), &v4.sin_addr, 4);
    return address;
  }

  if (place->sa_family != AF_INET6) return std::nullopt;

  sockaddr_in6 v6{};
  std::memcpy(&v6, place, sizeof v6);
  address.v6 = true;
  std::memcpy(address.bytes.data(), &v6.sin6_addr, 16);
  return address;
}

std::string shown(const IpAddress& address) {
  std::array<wchar_t, 64> words{};
  IpAddress copy = address;
  const wchar_t* done = ::InetNtopW(address.v6 ? AF_INET6 : AF_INET, copy.bytes.data(), words.data(), words.size());
  return done == nullptr ? "" : narrow(done);
}

}  // namespace muster::platform
