#include "platform/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>

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

void set_keep_alive_count(int socket, int count) {
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

}  // namespace muster::platform
