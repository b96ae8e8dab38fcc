#include <catch2/catch.hpp>

#include "agent/beacon/race.h"
#include "tests/unit/beacon/fake_port.h"

using namespace muster;
using beacon::Race;
using testing::connected;
using testing::failed;
using testing::FakePort;
using testing::runners_of;
using transfer::Cause;

namespace {

using Hosts = std::vector<std::string>;
const SteadyTime t0{};
constexpr milliseconds patience{250};

// All but the first join when its patience is over.
std::vector<beacon::Runner> after_the_first(std::vector<beacon::Runner> runners) {
  for (std::size_t i = 1; i < runners.size(); ++i) runners[i].starts_after = patience;
  return runners;
}

}  // namespace

TEST_CASE("the favourite begins alone, without a probe and without a socket", "[race]") {
  FakePort port;
  Race race(port, after_the_first(runners_of({"favourite", "b", "c"})));
  race.start(t0);
  REQUIRE(port.started.size() == 1);
  CHECK(port.requested() == Hosts{"favourite"});
  CHECK_FALSE(port.started[0].had_socket);
  CHECK_FALSE(race.over());
  CHECK(race.wakes_at() == t0 + patience);
}

TEST_CASE("the others wait for as long as the favourite has patience", "[race]") {
  FakePort port;
  Race race(port, after_the_first(runners_of({"favourite", "b", "c"})));
  race.start(t0);
  race.on_time(t0 + patience - milliseconds(1));
  CHECK(port.started.size() == 1);
  race.on_time(t0 + patience);
  CHECK(port.started.size() == 3);
  CHECK(port.requested() == Hosts{"favourite"});  // the others are only probed so far
  CHECK_FALSE(race.wakes_at());
  race.on_finished(port.id_of("c", true), connected(), t0 + patience);
  race.on_time(t0 + patience);
  CHECK(port.requested() == Hosts{"favourite", "c"});
  CHECK(port.started.back().had_socket);
}

TEST_CASE("a favourite that fails is followed by the others at once", "[race]") {
  FakePort port;
  Race race(port, after_the_first(runners_of({"favourite", "b"})));
  race.start(t0);
  race.on_finished(port.id_of("favourite", false), failed(Cause::connect), t0 + milliseconds(3));
  CHECK(port.started.size() == 2);
  CHECK_FALSE(race.over());
  CHECK(port.requested() == Hosts{"favourite", "b"});
  race.on_passed(port.id_of("b", false), t0);
  race.on_finished(port.id_of("b", false), failed(Cause::answered), t0 + milliseconds(5));
  REQUIRE(race.over());
  REQUIRE(race.results().size() == 2);
  CHECK(race.results()[0].location == 0);
  CHECK(race.results()[0].outcome.cause == Cause::connect);
  CHECK(race.results()[1].won);
}

TEST_CASE("a favourite that passes keeps the others from being started at all", "[race]") {
  FakePort port;
  Race race(port, after_the_first(runners_of({"favourite", "b"})));
  race.start(t0);
  race.on_passed(port.id_of("favourite", false), t0);
  CHECK_FALSE(race.wakes_at());
  race.on_time(t0 + seconds(10));
  CHECK(port.started.size() == 1);
  race.on_finished(port.id_of("favourite", false), failed(Cause::answered), t0 + seconds(11));
  CHECK(race.over());
  CHECK(port.started.size() == 1);
  CHECK(race.results()[0].won);
}

TEST_CASE("a slow favourite may still win beside the others", "[race]") {
  FakePort port;
  Race race(port, after_the_first(runners_of({"favourite", "b"})));
  race.start(t0);
  race.on_time(t0 + patience);
  race.on_passed(port.id_of("favourite", false), t0);
  race.on_finished(port.id_of("b", true), connected(), t0 + patience);
  race.on_time(t0 + patience);
  CHECK(port.requested() == Hosts{"favourite"});
  race.on_finished(port.id_of("favourite", false), failed(Cause::answered), t0 + seconds(1));
  REQUIRE(race.over());
  CHECK(race.results()[0].won);
}

TEST_CASE("a race with a head start is over when all have failed", "[race]") {
  FakePort port;
  Race race(port, after_the_first(runners_of({"favourite", "b"})));
  race.start(t0);
  race.on_time(t0 + patience);
  race.on_finished(port.id_of("b", true), failed(Cause::connect), t0 + patience);
  CHECK_FALSE(race.over());
  race.on_finished(port.id_of("favourite", false), failed(Cause::stalled), t0 + seconds(1));
  REQUIRE(race.over());
  CHECK(race.results().size() == 2);
}

TEST_CASE("a lone favourite has nobody to wait for it", "[race]") {
  FakePort port;
  Race race(port, after_the_first(runners_of({"favourite"})));
  race.start(t0);
  CHECK(port.started.size() == 1);
  race.on_finished(port.id_of("favourite", false), failed(Cause::connect), t0);
  CHECK(race.over());
}

TEST_CASE("behind a proxy the others are not probed after a head start either", "[race]") {
  FakePort port;
  auto runners = runners_of({"favourite", "proxied"});
  runners[1].endpoint.proxy = "http://proxy:3128";
  Race race(port, after_the_first(std::move(runners)));
  race.start(t0);
  race.on_time(t0 + patience);
  CHECK(port.requested() == Hosts{"favourite", "proxied"});
}

TEST_CASE("a race that is given up during the head start cancels the favourite alone", "[race]") {
  FakePort port;
  {
    Race race(port, after_the_first(runners_of({"favourite", "b"})));
    race.start(t0);
  }
  CHECK(port.cancelled == std::vector<transfer::ExchangeId>{1});
}

TEST_CASE("runners join one after the other as they were told", "[race]") {
  FakePort port;
  auto runners = runners_of({"first", "second", "third"});
  runners[1].starts_after = seconds(1);
  runners[2].starts_after = seconds(2);
  Race race(port, std::move(runners));
  race.start(t0);
  CHECK(race.wakes_at() == t0 + seconds(1));
  race.on_time(t0 + seconds(1));
  CHECK(port.started.size() == 2);
  CHECK(race.wakes_at() == t0 + seconds(2));
  race.on_time(t0 + seconds(2));
  CHECK(port.started.size() == 3);
}

TEST_CASE("when all that have joined have failed the next one joins before its time", "[race]") {
  FakePort port;
  auto runners = runners_of({"first", "second", "third"});
  runners[1].starts_after = seconds(1);
  runners[2].starts_after = seconds(2);
  Race race(port, std::move(runners));
  race.start(t0);
  race.on_finished(port.id_of("first", false), failed(Cause::connect), t0 + milliseconds(1));
  race.on_time(t0 + milliseconds(1));
  CHECK(port.requested() == Hosts{"first", "second"});  // alone again: without a probe
  race.on_finished(port.id_of("second", false), failed(Cause::connect), t0 + milliseconds(2));
  race.on_time(t0 + milliseconds(2));
  CHECK(port.requested() == Hosts{"first", "second", "third"});
  race.on_finished(port.id_of("third", false), failed(Cause::connect), t0 + milliseconds(3));
  CHECK(race.over());
}
