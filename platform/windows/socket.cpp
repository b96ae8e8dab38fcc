#include "platform/socket.h"

#include <array>

#include "platform/socket_address.h"
#include "platform/unique_fd.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

// What WSAIoctl(SIO_TCP_INFO) gives from Windows 10 1703 on; mstcpip.h of mingw does not have it.
constexpr DWORD tcp_info_code = 0xD800'0027;
struct TcpInfo {
  std::uint32_t state;
  std::uint32_t segment_size;
  std::uint64_t connection_time_ms;
  std::uint8_t timestamps_enabled;
  std::uint32_t round_trip_us;
  std::uint32_t min_round_trip_us;
  std::uint32_t bytes_in_flight;
  std::uint32_t congestion_window;
  std::uint32_t send_window;
  std::uint32_t receive_window;
  std::uint32_t receive_buffer;
  std::uint64_t bytes_out;
  std::uint64_t bytes_in;
  std::uint32_t bytes_reordered;
  std::uint32_t bytes_retransmitted;
  std::uint32_t fast_retransmissions;
  std::uint32_t duplicate_acknowledgements_in;
  std::uint32_t timeout_episodes;
  std::uint8_t connection_retransmissions;
};

SOCKET native(int socket) { return static_cast<SOCKET>(socket); }

bool start_sockets() {
  WSADATA facts{};
  static const bool started = ::WSAStartup(MAKEWORD(2, 2), &facts) == 0;
  return started;
}

std::optional<TcpInfo> tcp_info(int socket) {
  DWORD version = 0;
  DWORD size = 0;
  TcpInfo info{};
  if (::WSAIoctl(native(socket), tcp_info_code, &version, sizeof version, &info, sizeof info, &size, nullptr,
                 nullptr) != 0) {
    return std::nullopt;
  }
  return info;
}

}  // namespace

int open_socket(int family, int type, int protocol) {
  if (!start_sockets()) return -1;
  const SOCKET socket =
      ::WSASocketW(family, type, protocol, nullptr, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  return socket == INVALID_SOCKET ? -1 : static_cast<int>(socket);
}

bool has_sockets_left() {
  std::array<UniqueFd, 4> some;
  for (UniqueFd& one : some) {
    one = UniqueFd(open_socket(AF_INET, SOCK_STREAM, 0));
    if (!one) return false;
  }
  return true;
}

bool is_connected(int socket) {
  sockaddr_storage peer{};
  int size = sizeof peer;
  return ::getpeername(native(socket), reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

std::string peer_address(int socket) {
  sockaddr_storage peer{};
  int size = sizeof peer;
  if (::getpeername(native(socket), reinterpret_cast<sockaddr*>(&peer), &size) != 0) return {};
  const auto address = address_in(reinterpret_cast<sockaddr*>(&peer));
  return address ? shown(*address) : std::string();
}

std::optional<microseconds> round_trip_of(int socket) {
  const auto info = tcp_info(socket);
  if (!info || info->round_trip_us == 0) return std::nullopt;
  return microseconds(info->round_trip_us);
}

int local_port(int socket) {
  sockaddr_storage own{};
  int size = sizeof own;
  if (::getsockname(native(socket), reinterpret_cast<sockaddr*>(&own), &size) != 0) return 0;
  if (own.ss_family == AF_INET) return ::ntohs(reinterpret_cast<const sockaddr_in*>(&own)->sin_port);
  return own.ss_family == AF_INET6 ? ::ntohs(reinterpret_cast<const sockaddr_in6*>(&own)->sin6_port) : 0;
}

bool has_input(int socket) {
  WSAPOLLFD poll{};
  poll.fd = native(socket);
  poll.events = POLLRDNORM;
  return ::WSAPoll(&poll, 1, 0) > 0 && (poll.revents & (POLLRDNORM | POLLHUP)) != 0;
}

std::uint64_t unacknowledged_bytes(int socket) {
  const auto info = tcp_info(socket);
  return info ? info->bytes_in_flight : 0;
}

void set_keep_alive_count(int socket, int count) {
  constexpr int keep_alive_count = 16;  // TCP_KEEPCNT, from Windows 10 1703 on
  const DWORD value = static_cast<DWORD>(count);
  ::setsockopt(native(socket), IPPROTO_TCP, keep_alive_count, reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace muster::platform
