#include "agent/beacon/selector.h"

#include <catch2/catch.hpp>

#include "platform/base/ip_address.h"
#include "platform/file_lock.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using beacon::Direction;
using beacon::Locations;
using beacon::Selector;
using beacon::SelectorSettings;
using transfer::Cause;

namespace {

const WallTime noon{std::chrono::hours(500'000)};

struct Shop {
  testing::ScratchFolder folder;
  Locations locations;

  Shop() {
    for (const char* host : {"a.example", "b.example"}) {
      beacon::Location location;
      location.id = host;
      location.host = host;
      location.directory = "RL";
      locations.push_back(location);
    }
  }

  Selector open(const std::string& network = "-", const std::string& algorithms = "Fastest") const {
    SelectorSettings settings;
    settings.device.networks = {{*parse_ip("127.0.0.1"), 8}};
    settings.rules.chain = *beacon::parse_algorithms(algorithms);
    settings.device.name = "device";
    settings.network = network;
    settings.state = folder.path();
    return Selector(locations, Direction::upload, settings, noon);
  }
};

transfer::Outcome delivered(int ms) {
  transfer::Outcome outcome;
  outcome.cause = Cause::answered;
  outcome.reply.status = 201;
  outcome.new_connection = true;
  outcome.timing.connect = milliseconds(ms);
  outcome.timing.tls = milliseconds(ms);
  outcome.timing.first_byte = milliseconds(3 * ms);
  outcome.timing.total = milliseconds(3 * ms + 1000);
  outcome.sent = 20'000;
  return outcome;
}

std::size_t first(const Selector& selector, WallTime now = noon) {
  return selector.choose(20'000, {}, now).places.front().location;
}

}  // namespace

TEST_CASE("a transfer tells of connection, handshake and answer", "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  selector.succeeded(1, delivered(7), noon);
  CHECK(selector.record(1).connect.value() == Approx(7000));
  CHECK(selector.record(1).tls.value() == Approx(7000));
  CHECK(selector.record(1).answer.value() == Approx(7000));
  CHECK_FALSE(selector.record(1).per_byte.known(noon + std::chrono::hours(1)));  // too small to tell
  CHECK(first(selector) == 1);
  CHECK(selector.favourite() == 1U);
  CHECK(selector.round_trip(noon) == milliseconds(7));
}

TEST_CASE("where the preferred IP version did not do, the other one is tried first for an hour, after a restart too",
          "[selector]") {
  using transfer::IpVersion;
  const Shop shop;
  const auto tried_first = [](const Selector& selector, std::size_t location, IpVersion preferred, WallTime now) {
    transfer::TransferOptions options;
    options.ip_version = preferred;
    return selector.options_at(location, options, now).ip_version;
  };
  {
    Selector selector = shop.open();
    transfer::Outcome outcome = delivered(10);
    selector.succeeded(1, outcome, noon);
    CHECK(tried_first(selector, 0, IpVersion::v6, noon) == IpVersion::v6);
    outcome.turned = true;
    selector.succeeded(0, outcome, noon);
    selector.keep(noon);
  }

  Selector selector = shop.open();
  CHECK(tried_first(selector, 0, IpVersion::v6, noon) == IpVersion::v4);
  CHECK(tried_first(selector, 0, IpVersion::v4, noon) == IpVersion::v6);
  CHECK(tried_first(selector, 0, IpVersion::system, noon) == IpVersion::system);
  CHECK(tried_first(selector, 1, IpVersion::v6, noon) == IpVersion::v6);

  selector.succeeded(0, delivered(10), noon + std::chrono::minutes(59));  // by the other one
  CHECK(tried_first(selector, 0, IpVersion::v6, noon + std::chrono::minutes(59)) == IpVersion::v4);
  CHECK(tried_first(selector, 0, IpVersion::v6, noon + std::chrono::hours(1)) == IpVersion::v6);
}

TEST_CASE("goodput is learnt from large transfers without their handshakes", "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  transfer::Outcome outcome = delivered(10);
  outcome.sent = 1'000'000;
  outcome.timing.total = milliseconds(120);
  selector.succeeded(0, outcome, noon);
  CHECK(selector.record(0).per_byte.value() == Approx(100));
  CHECK_FALSE(selector.record(0).answer.known(
      noon + std::chrono::hours(1)));  // its body was on the way for longer than a round trip
}

TEST_CASE("a transfer over an open connection tells nothing of connecting", "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  selector.succeeded(0, delivered(10), noon);
  transfer::Outcome warm = delivered(0);
  warm.new_connection = false;
  warm.timing.first_byte = milliseconds(10);
  selector.succeeded(0, warm, noon);
  CHECK(selector.record(0).connect.value() == Approx(10'000));
}

TEST_CASE("one that was silent beyond our patience is avoided, longer each time, and its numbers stay", "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  selector.succeeded(0, delivered(2), noon);
  selector.succeeded(1, delivered(4), noon);
  WallTime now = noon;
  for (const unsigned times : {1U, 2U, 3U}) {
    selector.was_late(0, now, now + seconds(1));
    REQUIRE(selector.record(0).penalty);
    CHECK(selector.record(0).penalty->fault == beacon::Fault::late);
    CHECK(selector.record(0).penalty->times == times);
    CHECK(first(selector, now + seconds(1)) == 1);
    now = selector.record(0).penalty->end() + seconds(1);
  }
  CHECK(selector.record(0).connect.value() == Approx(2000));
}

TEST_CASE("what was learnt is there after a restart, for both directions apart and each network", "[selector]") {
  const Shop shop;
  {
    Selector selector = shop.open();
    selector.succeeded(1, delivered(7), noon);
    transfer::Outcome refused;
    refused.cause = Cause::connect;
    selector.failed(0, refused, noon, noon);
    selector.keep(noon);
  }
  const Selector again = shop.open();
  CHECK(first(again) == 1);
  CHECK(again.choose(0, {}, noon).places.size() == 1);
  CHECK(again.choose(0, {}, noon + seconds(60)).places.size() == 2);
  CHECK_FALSE(shop.open("192.0.2.1/192.0.2.0/24").record(1).connect.known(noon + std::chrono::hours(1)));
}

TEST_CASE("when all beacons asked to be left alone, the earliest end is known, after a restart too", "[selector]") {
  const Shop shop;
  transfer::Outcome busy;
  busy.cause = Cause::answered;
  busy.reply.status = 503;
  Selector selector = shop.open();
  busy.reply.fields = {{"Retry-After", "900"}};
  selector.failed(0, busy, noon, noon);
  CHECK_FALSE(selector.deferred_until(noon));
  busy.reply.fields = {{"Retry-After", "600"}};
  selector.failed(1, busy, noon, noon);
  CHECK(selector.deferred_until(noon) == noon + seconds(600));
  CHECK(selector.choose(0, {}, noon).places.empty());
  selector.keep(noon);
  CHECK(shop.open().deferred_until(noon) == noon + seconds(600));
  CHECK_FALSE(selector.deferred_until(noon + seconds(600)));
}

TEST_CASE("what could not be written is written the next time", "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  selector.succeeded(1, delivered(7), noon);
  {
    const auto other = platform::FileLock::take(shop.folder.path() / "beacons.lock", milliseconds(100));
    REQUIRE(other);
    selector.keep(noon);
  }
  CHECK_FALSE(shop.open().record(1).connect.known(noon + std::chrono::hours(1)));
  selector.keep(noon);
  CHECK(shop.open().record(1).connect.known(noon + std::chrono::hours(1)));
}

TEST_CASE("of two processes each one keeps what it heard last", "[selector]") {
  const Shop shop;
  Selector ours = shop.open();
  Selector theirs = shop.open();
  theirs.succeeded(0, delivered(90), noon);
  ours.succeeded(0, delivered(7), noon + seconds(1));
  theirs.succeeded(1, delivered(50), noon + seconds(2));
  theirs.keep(noon + seconds(2));
  ours.refresh("-", noon + seconds(2));
  CHECK(ours.record(0).connect.value() == Approx(7000));
  CHECK(ours.record(1).connect.known(noon + std::chrono::hours(1)));
  ours.keep(noon + seconds(3));
  theirs.refresh("-", noon + seconds(3));
  CHECK(theirs.record(0).connect.value() == Approx(7000));
}

TEST_CASE("in another network other numbers count, and those of this one are kept", "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  selector.succeeded(1, delivered(7), noon);
  selector.refresh("192.0.2.1/192.0.2.0/24", noon);
  CHECK_FALSE(selector.record(1).connect.known(noon + std::chrono::hours(1)));
  CHECK_FALSE(selector.favourite());
  selector.succeeded(0, delivered(30), noon);
  selector.refresh("-", noon);
  CHECK(selector.record(1).connect.known(noon + std::chrono::hours(1)));
  CHECK_FALSE(selector.record(0).connect.known(noon + std::chrono::hours(1)));
}

TEST_CASE("a failure of our own says nothing about the beacon", "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  transfer::Outcome unreadable;
  unreadable.cause = Cause::local_read;
  selector.failed(0, unreadable, noon, noon);
  CHECK_FALSE(selector.record(0).penalty);
}

TEST_CASE("a success ends what was held against a beacon", "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  transfer::Outcome busy;
  busy.cause = Cause::answered;
  busy.reply.status = 503;
  selector.failed(0, busy, noon, noon);
  CHECK(selector.record(0).penalty);
  selector.succeeded(0, delivered(5), noon);
  CHECK_FALSE(selector.record(0).penalty);
}

TEST_CASE("a transfer that went well and was too slow is held against its beacon, longer each time", "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  selector.succeeded(1, delivered(50), noon);
  transfer::Outcome slow = delivered(5);
  slow.slow = true;
  WallTime now = noon;
  for (const unsigned times : {1U, 2U, 3U}) {
    selector.succeeded(0, slow, now);
    REQUIRE(selector.record(0).penalty);
    CHECK(selector.record(0).penalty->fault == beacon::Fault::slow);
    CHECK(selector.record(0).penalty->times == times);
    CHECK(first(selector, now) == 1);
    CHECK_FALSE(selector.favourite());
    now = selector.record(0).penalty->end();
  }
  selector.succeeded(0, delivered(5), now);
  CHECK_FALSE(selector.record(0).penalty);
}

TEST_CASE("where all that deliver are too slow, the one that is used stays the favourite, and a silent one does not",
          "[selector]") {
  const Shop shop;
  Selector selector = shop.open();
  transfer::Outcome slow = delivered(5);
  slow.slow = true;
  selector.succeeded(0, slow, noon);
  CHECK_FALSE(selector.favourite());  // the other one may be better
  selector.succeeded(1, slow, noon);
  CHECK(selector.favourite() == first(selector));
  CHECK(selector.choose(0, {}, noon).places.size() == 2);
  CHECK(selector.choose(0, {}, noon).places[1].starts_after > milliseconds(0));
  selector.keep(noon);
  CHECK(shop.open().choose(0, {}, noon).places[1].starts_after > milliseconds(0));
  transfer::Outcome silent;
  silent.cause = Cause::stalled;
  selector.failed(*selector.favourite(), silent, noon, noon + seconds(1));
  CHECK_FALSE(selector.favourite());
}

TEST_CASE("a name that resolves to nothing delays no choice by address", "[selector]") {
  Shop shop;
  shop.locations[0].host = "name.invalid";
  shop.locations[1].host = "192.0.2.9";
  const auto begin = steady_now();
  const Selector selector = shop.open("-", "MgsIPMatch");
  CHECK(steady_now() - begin < seconds(30));
  CHECK(selector.choose(0, {}, noon).places.size() == 2);
}

TEST_CASE("a name is compared by where it is now, and by the last address where nobody can tell", "[selector]") {
  Shop shop;
  shop.locations[0].host = "192.0.2.1";
  for (const auto& [host, last] : {std::pair("localhost", "192.0.2.9"), std::pair("name.invalid", "127.0.0.9")}) {
    shop.locations[1].host = host;
    Selector former = shop.open();
    former.connected(0, delivered(5).timing, "192.0.2.1", noon);
    former.connected(1, delivered(5).timing, last, noon);
    former.keep(noon);
    std::size_t chosen = 0;
    // On a busy machine a name may not be resolved in the time that it has.
    for (int tries = 0; tries < 50 && chosen != 1; ++tries) chosen = first(shop.open("-", "MgsSubnetMatch"));
    CHECK(chosen == 1);
  }
}

TEST_CASE("names are resolved again after an hour", "[selector]") {
  Shop shop;
  shop.locations[0].host = "192.0.2.1";
  shop.locations[1].host = "name.invalid";
  Selector selector = shop.open("-", "MgsSubnetMatch");
  shop.locations[1].host = "localhost";
  selector.refresh("-", noon + std::chrono::minutes(59));
  CHECK(first(selector) == 0);
  selector.refresh("-", noon + std::chrono::minutes(60));
  CHECK(first(selector) == 1);
}
