#include "platform/service_host.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>

#include "platform/process.h"
#include "platform/unique_fd.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using Catch::Matchers::StartsWith;
using platform::watchdog_period;

namespace {

// One variable of the environment for as long as the object lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

// systemd's end: a name that starts with '@' is an abstract one.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(name.size() < sizeof address.sun_path);
    std::memcpy(&address.sun_path[0], name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
  }

  std::string next() const {  // empty: nothing has arrived
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    return size <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  platform::UniqueFd socket_;
};

}  // namespace

TEST_CASE("what is told arrives, each as a message of its own", "[service_host]") {
  const testing::ScratchFolder scratch;
  const bool abstract = GENERATE(false, true);
  const std::string name =
      abstract ? "@muster-test-" + std::to_string(platform::process_id()) : (scratch / "notify").string();
  const NotifySocket socket(name);
  const Variable variable("NOTIFY_SOCKET", name);
  platform::tell_ready();
  CHECK(socket.next() == "READY=1");
  platform::tell_alive();
  CHECK(socket.next() == "WATCHDOG=1");
  platform::tell_stopping();
  CHECK(socket.next() == "STOPPING=1");
  platform::tell_reloading();
  CHECK_THAT(socket.next(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  platform::tell_status("uploading");
  CHECK(socket.next() == "STATUS=uploading");
  CHECK(socket.next().empty());
}

TEST_CASE("a status line cannot say anything else to systemd", "[service_host]") {
  const testing::ScratchFolder scratch;
  const NotifySocket socket(scratch / "notify");
  const Variable variable("NOTIFY_SOCKET", scratch / "notify");
  platform::tell_status("of a file named\nMAINPID=1\nREADY=1");
  CHECK(socket.next() == "STATUS=of a file named?MAINPID=1?READY=1");
  CHECK(socket.next().empty());
}

TEST_CASE("with nobody there telling is harmless", "[service_host]") {
  ::unsetenv("NOTIFY_SOCKET");
  platform::tell_ready();
  for (const std::string& name :
       {std::string(), std::string("/"), std::string("/nowhere/at/all"), std::string("@"), std::string(500, 'x')}) {
    const Variable variable("NOTIFY_SOCKET", name);
    platform::tell_ready();
    platform::tell_status("x");
  }
}

TEST_CASE("a watchdog is kept only when it is meant for us", "[service_host]") {
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
  CHECK_FALSE(watchdog_period());
  const Variable period("WATCHDOG_USEC", "600000000");
  CHECK(watchdog_period() == std::chrono::minutes(10));
  {
    const Variable ours("WATCHDOG_PID", std::to_string(platform::process_id()));
    CHECK(watchdog_period() == std::chrono::minutes(10));
  }
  const Variable other("WATCHDOG_PID", "1");
  CHECK_FALSE(watchdog_period());
}

TEST_CASE("a watchdog period that is none is none", "[service_host]") {
  ::unsetenv("WATCHDOG_PID");
  for (const char* value : {"", "0", "-1", "soon", "1e6", "99999999999999999999999"}) {
    INFO(value);
    const Variable period("WATCHDOG_USEC", value);
    CHECK_FALSE(watchdog_period());
  }
}
