#include "platform/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>

#include "platform/socket_address.h"
#include "platform/unique_fd.h"

namespace muster::platform {

int open_socket(int family, int type, int protocol) { return ::socket(family, type | SOCK_CLOEXEC, protocol); }

bool has_sockets_left() {
  std::array<UniqueFd, 4> some;
  for (UniqueFd& one : some) {
    one = UniqueFd(open_socket(AF_UNIX, SOCK_STREAM, 0));
    if (!one) return false;
  }
  return true;
}

bool is_connected(int socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

std::string peer_address(int socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return {};
  const auto address = address_in(reinterpret_cast<sockaddr*>(&peer));
  return address ? shown(*address) : std::string();
}

std::optional<microseconds> round_trip_of(int socket) {
#if defined(TCP_INFO)
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_rtt > 0) {
    return microseconds(info.tcpi_rtt);
  }
#endif
  static_cast<void>(socket);
  return std::nullopt;
}

int local_port(int socket) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) != 0) return 0;
  if (own.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&own)->sin_port);
  return own.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&own)->sin6_port) : 0;
}

bool has_input(int socket) {
  char byte = 0;
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

std::uint64_t unacknowledged_bytes(int socket) {
  int bytes = 0;
  return ::ioctl(socket, TIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

void set_keep_alive_count(int socket, int count) {
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

}  // namespace muster::platform
