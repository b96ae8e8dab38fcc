#include "platform/service_host.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "platform/base/text.h"
#include "platform/host.h"
#include "platform/process.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

// The protocol of sd_notify(3): one datagram. Spoken here because libsystemd brings six more libraries into every run
// of a program that needs it in one command.
void notify(const std::string& message) {
  const std::string path = environment("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() < 2 || path.size() >= sizeof address.sun_path) return;
  std::memcpy(&address.sun_path[0], path.data(), path.size());
  if (path.front() == '@') address.sun_path[0] = '\0';  // an abstract name
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  // A failure could be reported to no one.
  static_cast<void>(!::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&address), length));
}

}  // namespace

int run_hosted(const std::function<int()>& work) { return work(); }

void tell_ready() { notify("READY=1"); }

void tell_reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto micro = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micro));
}

void tell_stopping() { notify("STOPPING=1"); }
void tell_status(const std::string& line) { notify("STATUS=" + text::printable(line)); }
void tell_alive() { notify("WATCHDOG=1"); }

std::optional<microseconds> watchdog_period() {
  const auto period = text::to_number(environment("WATCHDOG_USEC"));
  if (!period || *period == 0) return std::nullopt;
  const std::string pid = environment("WATCHDOG_PID");
  if (!pid.empty() && pid != std::to_string(process_id())) return std::nullopt;
  return microseconds(*period);
}

}  // namespace muster::platform
