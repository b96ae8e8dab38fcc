// The two threads of a loop: nothing that happens on one is missed by the other.
#include "agent/transfer/loop.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

using namespace muster;
using transfer::ExchangeId;
using transfer::Loop;

namespace {

// A port that was free a moment ago: nobody listens there.
unsigned dead_port() {
  const platform::UniqueFd listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

struct Rig {
  std::atomic<unsigned> told = 0;
  std::unique_ptr<Loop> loop;
  transfer::Probe probe;

  Rig() {
    ssl::TrustSettings settings;
    settings.check_server = false;  // nothing to read from disk
    auto trust = ssl::Trust::load(settings);
    REQUIRE(trust);
    auto opened = Loop::open(
        ssl::ClientContext(nullptr, *trust), [this] { ++told; }, nullptr);
    REQUIRE(opened);
    loop = std::move(*opened);
    probe.endpoint.host = "127.0.0.1";
    probe.endpoint.port = dead_port();
  }
  std::optional<transfer::Event> next() const { return loop->next(steady_now() + seconds(20)); }
  void take_all(std::set<ExchangeId> open) const {
    while (!open.empty()) {
      const auto event = next();
      REQUIRE(event);
      CHECK(open.erase(event->id) == 1);
    }
  }
};

}  // namespace

TEST_CASE("who waits for events gets each of them", "[loop]") {
  const Rig rig;
  for (int round = 0; round < 500; ++round) {
    std::set<ExchangeId> open;
    for (int i = 0; i < 20; ++i) open.insert(rig.loop->start(rig.probe));
    rig.take_all(open);
  }
}

TEST_CASE("what is started in a burst leaves at its end", "[loop]") {
  const Rig rig;
  rig.take_all({rig.loop->start(rig.probe)});
  std::this_thread::sleep_for(milliseconds(50));  // until the thread waits
  std::set<ExchangeId> open;
  {
    const transfer::Burst burst(*rig.loop);
    for (int i = 0; i < 20; ++i) open.insert(rig.loop->start(rig.probe));
    CHECK_FALSE(rig.loop->next(steady_now() + milliseconds(50)));
  }
  rig.take_all(open);
  CHECK(rig.told > 0);
  rig.take_all({rig.loop->start(rig.probe)});  // and alone again
}

TEST_CASE("what is cancelled finishes as cancelled", "[loop]") {
  Rig rig;
  rig.probe.endpoint.host = "192.0.2.1";  // leads nowhere (RFC 5737)
  const ExchangeId id = rig.loop->start(rig.probe);
  rig.loop->cancel(id);
  const auto event = rig.next();
  REQUIRE(event);
  CHECK(event->id == id);
  const bool ended = event->outcome.cause == transfer::Cause::cancelled ||
                     event->outcome.cause == transfer::Cause::connect;  // where there is no route at all
  CHECK(ended);
}
