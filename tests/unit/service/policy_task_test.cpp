#include "agent/service/policy_task.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "agent/policy/record_file.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::service;

namespace {

// Answers 404 to every request, over plain HTTP on loopback.
class EmptyBeacon {
 public:
  EmptyBeacon() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ::ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
  }
  EmptyBeacon(const EmptyBeacon&) = delete;
  EmptyBeacon& operator=(const EmptyBeacon&) = delete;

  ~EmptyBeacon() {
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    for (std::thread& one : answering_) one.join();
    ::close(listener_);
  }

  int port() const { return port_; }
  int requests() const { return requests_; }

 private:
  void accept_all() {
    for (;;) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      answering_.emplace_back([this, connection] { answer(connection); });
    }
  }

  void answer(int connection) {
    std::string request;
    char buffer[4096];
    ssize_t count = 0;
    while (request.find("\r\n\r\n") == std::string::npos && (count = ::read(connection, buffer, sizeof buffer)) > 0) {
      request.append(buffer, static_cast<std::size_t>(count));
    }

    if (!request.empty()) {
      ++requests_;
      constexpr std::string_view reply = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      static_cast<void>(::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL));
    }
    ::close(connection);
  }

  int listener_;
  int port_ = 0;
  std::atomic<int> requests_{0};
  std::thread accepting_;
  std::vector<std::thread> answering_;
};

std::string config_of(const config::ScratchFolder& folder, int port) {
  return "[ManageSoft\\Common]\nMachineId=laptop-17\nCheckServerCertificate=False\nDataDirectory=" +
         folder.path().string() +
         "\n[ManageSoft\\Common\\DownloadSettings\\a]\nProtocol=http\nHost=127.0.0.1\nPort=" + std::to_string(port) +
         "\nDirectory=ManageSoftDL\n";
}

}  // namespace

TEST_CASE("A request for policy while it is being fetched is that fetch") {
  EmptyBeacon beacon;
  const config::ScratchFolder folder;
  folder.write("config.ini", config_of(folder, beacon.port()));
  const auto wakeup = std::make_shared<const platform::Wakeup>();
  PolicyTask task({folder.ini(), true, {}}, {}, folder.path(), wakeup, [](bool) {});

  task.request();
  task.on_time(steady_now());
  CHECK(task.wakes_at() != SteadyTime());
  task.request();
  CHECK(task.wakes_at() != SteadyTime());

  const auto answered = [&] {
    const auto record = policy::read_record(folder.path() / "state");
    return record && record->asked_at != WallTime();
  };
  const platform::UniqueFd* const handles[] = {&wakeup->handle()};
  while (!answered()) {
    platform::wait_any(handles, steady_now() + seconds(1));
    wakeup->clear();
    task.on_wakeup(steady_now());
    task.on_time(steady_now());
  }
  CHECK_FALSE(task.wakes_at());
  CHECK(beacon.requests() >= 2);  // for this device, and for all
  task.stop();
}
