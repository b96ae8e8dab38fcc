// Facts about this very machine, as far as a test can know them.
#include <catch2/catch.hpp>

#include <winsock2.h>
#include <ws2tcpip.h>

#include <algorithm>

#include "platform/accounts.h"
#include "platform/listeners.h"
#include "platform/operating_system.h"
#include "platform/processes.h"
#include "platform/services.h"
#include "platform/storage.h"

namespace muster::platform {
namespace {

SystemRoot this_machine() {
  auto root = SystemRoot::open("/");
  REQUIRE(root);
  return std::move(*root);
}

class Listener {
 public:
  explicit Listener(int family) {
    WSADATA facts{};
    REQUIRE(::WSAStartup(MAKEWORD(2, 2), &facts) == 0);
    socket_ = ::socket(family, SOCK_STREAM, IPPROTO_TCP);
    REQUIRE(socket_ != INVALID_SOCKET);

    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    int size = sizeof address;
    auto* const place = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, place, size) == 0);
    REQUIRE(::listen(socket_, 1) == 0);
    REQUIRE(::getsockname(socket_, place, &size) == 0);
    port_ = ::ntohs(address.sin_port);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() {
    ::closesocket(socket_);
    ::WSACleanup();
  }

  std::uint16_t port() const { return port_; }

 private:
  SOCKET socket_ = INVALID_SOCKET;
  std::uint16_t port_ = 0;
};

// Wine does not know whose a socket is.
bool is_wine() { return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr; }

TEST_CASE("a socket that listens is listed with its process") {
  const SystemRoot root = this_machine();
  const Listener listener(AF_INET);
  const auto sockets = listening_sockets(root);
  const auto own = std::find_if(sockets.begin(), sockets.end(), [&](const ListeningSocket& one) {
    return one.protocol == "tcp" && one.port == listener.port();
  });

  REQUIRE(own != sockets.end());
  CHECK(own->address == "127.0.0.1");
  if (!is_wine()) CHECK(own->pid == ::GetCurrentProcessId());
}

TEST_CASE("a program has a name without its suffix, and a path") {
  const auto programs = running_programs(this_machine());
  const auto own = std::find_if(programs.begin(), programs.end(),
                                [](const RunningProgram& one) { return one.pid == ::GetCurrentProcessId(); });
  REQUIRE(own != programs.end());
  CHECK(own->name == "muster_unit_platform");
  CHECK(own->executable.ends_with("muster_unit_platform.exe"));
}

TEST_CASE("what the system does not list is a note, and no local user lacks an id") {
  const SystemRoot root = this_machine();
  const auto users = local_users(root);
  if (users.empty()) CHECK_FALSE(root.notes().empty());
  for (const LocalUser& user : users) CHECK_FALSE(user.id.empty());
}

TEST_CASE("exactly one volume holds the system") {
  const auto mounted = file_systems(this_machine());
  CHECK(std::count_if(mounted.begin(), mounted.end(), [](const FileSystem& one) { return one.system; }) == 1);
  for (const FileSystem& one : mounted) CHECK_FALSE(one.mount_point.empty());
}

TEST_CASE("services say how they start") {
  const auto services = system_services(this_machine());
  REQUIRE_FALSE(services.empty());
  CHECK(std::all_of(services.begin(), services.end(), [](const SystemService& one) { return !one.start.empty(); }));
}

TEST_CASE("the system names itself, its build and this installation") {
  const OperatingSystem system = operating_system(this_machine());
  CHECK(system.kernel_name == "MSWin32");
  CHECK(std::count(system.version.begin(), system.version.end(), '.') >= 2);
  CHECK_FALSE(machine_id(this_machine()).empty());
  CHECK_FALSE(system.architecture.empty());
}

}  // namespace
}  // namespace muster::platform
