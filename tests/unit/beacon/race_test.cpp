#include "agent/beacon/race.h"

#include <catch2/catch.hpp>

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

}  // namespace

TEST_CASE("a lone beacon is not probed", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a"}));
  race.start(t0);
  REQUIRE(port.started.size() == 1);
  CHECK_FALSE(port.started[0].is_probe);
}

TEST_CASE("TCP goes to all at once and TLS to the first that answers, on its socket", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a", "b", "c"}));
  race.start(t0);
  CHECK(port.started.size() == 3);
  race.on_finished(port.id_of("c", true), connected(), t0);
  race.on_time(t0);
  CHECK(port.requested() == Hosts{"c"});
  CHECK(port.started.back().had_socket);
}

TEST_CASE("the next beacon gets its turn when the first is silent for the stagger", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a", "b"}));
  race.start(t0);
  race.on_finished(port.id_of("a", true), connected(), t0);
  race.on_finished(port.id_of("b", true), connected(), t0);
  race.on_time(t0);
  CHECK(port.requested() == Hosts{"a"});
  REQUIRE(race.wakes_at() == t0 + beacon::Stagger::first);
  race.on_time(t0 + beacon::Stagger::first - milliseconds(1));
  CHECK(port.requested() == Hosts{"a"});
  race.on_time(t0 + beacon::Stagger::first);
  CHECK(port.requested() == Hosts{"a", "b"});
}

TEST_CASE("a beacon that fails in the handshake is followed at once", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a", "b"}));
  race.start(t0);
  race.on_finished(port.id_of("a", true), connected(), t0);
  race.on_finished(port.id_of("b", true), connected(), t0);
  race.on_time(t0);
  race.on_finished(port.id_of("a", false), failed(Cause::server_untrusted), t0 + milliseconds(2));
  race.on_time(t0 + milliseconds(2));
  CHECK(port.requested() == Hosts{"a", "b"});
  REQUIRE(race.results().size() == 1);
  CHECK(race.results()[0].outcome.cause == Cause::server_untrusted);
}

TEST_CASE("nobody else is started once one has passed", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a", "b", "c"}));
  race.start(t0);
  race.on_finished(port.id_of("a", true), connected(), t0);
  race.on_time(t0);
  race.on_passed(port.id_of("a", false), t0);
  race.on_finished(port.id_of("b", true), connected(), t0);
  race.on_time(t0 + seconds(1));
  CHECK(port.requested() == Hosts{"a"});
  CHECK_FALSE(race.wakes_at());
  CHECK_FALSE(race.over());
  race.on_finished(port.id_of("a", false), failed(Cause::answered), t0);
  REQUIRE(race.over());
  REQUIRE(race.results().size() == 1);
  CHECK(race.results()[0].won);
  CHECK(race.results()[0].location == 0);
}

TEST_CASE("a dead beacon is noted and keeps nobody waiting", "[race]") {
  FakePort port;
  Race race(port, runners_of({"dead", "good"}));
  race.start(t0);
  race.on_finished(port.id_of("dead", true), failed(Cause::connect), t0);
  CHECK_FALSE(race.over());
  race.on_finished(port.id_of("good", true), connected(), t0);
  race.on_time(t0);
  race.on_passed(port.id_of("good", false), t0);
  race.on_finished(port.id_of("good", false), failed(Cause::answered), t0);
  REQUIRE(race.over());
  REQUIRE(race.results().size() == 2);
  CHECK(race.results()[0].outcome.cause == Cause::connect);
  CHECK_FALSE(race.results()[0].won);
}

TEST_CASE("the race is over when all have failed", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a", "b"}));
  race.start(t0);
  race.on_finished(port.id_of("a", true), failed(Cause::name), t0);
  CHECK_FALSE(race.over());
  race.on_finished(port.id_of("b", true), failed(Cause::connect), t0);
  CHECK(race.over());
  CHECK(race.results().size() == 2);
}

TEST_CASE("the TCP time of the probe is the winner's connect time", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a", "b"}));
  race.start(t0);
  race.on_finished(port.id_of("b", true), connected(4321), t0);
  race.on_time(t0);
  race.on_passed(port.id_of("b", false), t0);
  race.on_finished(port.id_of("b", false), failed(Cause::answered), t0);
  CHECK(race.results()[0].outcome.timing.connect == microseconds(4321));
}

TEST_CASE("a beacon behind a proxy is not probed but gets its turn", "[race]") {
  FakePort port;
  auto runners = runners_of({"proxied", "direct"});
  runners[0].endpoint.proxy = "http://proxy:3128";
  Race race(port, std::move(runners));
  race.start(t0);
  CHECK(port.requested() == Hosts{"proxied"});
  CHECK(port.started.size() == 2);
}

TEST_CASE("at most fifty beacons are probed", "[race]") {
  FakePort port;
  Race race(port, runners_of(Hosts(60, "h")));
  race.start(t0);
  CHECK(port.started.size() == Race::max_runners);
}

TEST_CASE("events of other exchanges are ignored", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a", "b"}));
  race.start(t0);
  race.on_passed(999, t0);
  race.on_finished(999, failed(Cause::connect), t0);
  CHECK(race.results().empty());
  CHECK_FALSE(race.over());
}

TEST_CASE("what still runs is cancelled when the race is given up", "[race]") {
  FakePort port;
  {
    Race race(port, runners_of({"a", "b"}));
    race.start(t0);
  }
  CHECK(port.cancelled.size() == 2);
}

TEST_CASE("each further handshake waits twice as long, so that extra ones stay few", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a", "b", "c", "d"}));
  race.start(t0);
  for (const char* host : {"a", "b", "c", "d"}) race.on_finished(port.id_of(host, true), connected(), t0);
  race.on_time(t0);
  race.on_time(t0 + milliseconds(25));
  CHECK(port.requested() == Hosts{"a", "b"});
  CHECK(race.wakes_at() == t0 + milliseconds(75));
  race.on_time(t0 + milliseconds(75));
  CHECK(port.requested() == Hosts{"a", "b", "c"});
  CHECK(race.wakes_at() == t0 + milliseconds(175));
}

TEST_CASE("there is an upper bound on handshakes at the same time", "[race]") {
  FakePort port;
  Hosts hosts;
  for (int i = 0; i < 20; ++i) hosts.push_back("h" + std::to_string(i));
  Race race(port, runners_of(hosts));
  race.start(t0);
  for (const std::string& host : hosts) race.on_finished(port.id_of(host, true), connected(), t0);
  SteadyTime now = t0;
  std::vector<SteadyTime> launched;
  for (; port.requested().size() < hosts.size(); now += milliseconds(5)) {
    race.on_time(now);
    while (launched.size() < port.requested().size()) launched.push_back(now);
  }
  for (std::size_t i = Race::max_contenders; i < launched.size(); ++i) {
    CHECK(launched[i] - launched[i - Race::max_contenders] >= Race::frozen_after);
  }
}

TEST_CASE("frozen beacons, however many, keep no other one out", "[race]") {
  FakePort port;
  Hosts hosts;
  for (int i = 0; i < 48; ++i) hosts.push_back("frozen" + std::to_string(i));
  hosts.emplace_back("good");
  Race race(port, runners_of(hosts));
  race.start(t0);
  for (const std::string& host : hosts) race.on_finished(port.id_of(host, true), connected(), t0);

  race.on_time(t0);
  while (port.requested().back() != "good") {
    REQUIRE(race.wakes_at());
    REQUIRE(*race.wakes_at() < t0 + seconds(25));
    race.on_time(*race.wakes_at());
  }
}

TEST_CASE("what was seen of the losers is reported when it is over", "[race]") {
  FakePort port;
  auto runners = runners_of({"silent", "slow", "winner", "after"});
  for (auto& runner : runners) runner.patience = milliseconds(28);
  Race race(port, std::move(runners));
  race.start(t0);
  race.on_finished(port.id_of("slow", true), connected(1000), t0 + milliseconds(1));
  race.on_time(t0 + milliseconds(1));
  race.on_finished(port.id_of("winner", true), connected(2000), t0 + milliseconds(2));
  race.on_time(t0 + milliseconds(26));
  race.on_passed(port.id_of("winner", false), t0 + milliseconds(30));
  race.on_finished(port.id_of("after", true), connected(35'000), t0 + milliseconds(35));
  race.on_time(t0 + milliseconds(35));
  race.on_finished(port.id_of("slow", false), failed(Cause::lost_race), t0 + milliseconds(36));
  race.on_finished(port.id_of("winner", false), failed(Cause::answered), t0 + milliseconds(40));
  REQUIRE(race.over());
  const auto seen = race.sightings(t0 + milliseconds(40));
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].location == 0);  // no answer to TCP at all
  CHECK(seen[0].late);
  CHECK(seen[1].timing.connect == microseconds(1000));
  CHECK(seen[1].late);                                    // its connect time and 29 ms of handshake
  CHECK(seen[2].timing.connect == microseconds(35'000));  // it went on after the winner had passed
  CHECK_FALSE(seen[2].late);
}

TEST_CASE("one that lost before its patience was over has nothing held against it", "[race]") {
  FakePort port;
  auto runners = runners_of({"silent", "winner"});
  for (auto& runner : runners) runner.patience = seconds(1);
  Race race(port, std::move(runners));
  race.start(t0);
  race.on_finished(port.id_of("winner", true), connected(2000), t0 + milliseconds(2));
  race.on_time(t0 + milliseconds(2));
  race.on_passed(port.id_of("winner", false), t0 + milliseconds(6));
  race.on_finished(port.id_of("winner", false), failed(Cause::answered), t0 + milliseconds(999));
  CHECK_FALSE(race.sightings(t0 + milliseconds(999)).front().late);
  CHECK(race.sightings(t0 + milliseconds(1000)).front().late);
}

TEST_CASE("of those that are ready the nearest begins, whichever came first", "[race]") {
  FakePort port;
  Race race(port, runners_of({"far", "near", "middle"}));
  race.start(t0);
  const SteadyTime now = t0 + milliseconds(20);
  race.on_finished(port.id_of("far", true), connected(18'000), now);
  race.on_finished(port.id_of("near", true), connected(4000), now);
  race.on_finished(port.id_of("middle", true), connected(9000), now);
  // By then all have answered that are nearer still.
  REQUIRE(race.wakes_at() == now + milliseconds(4));
  race.on_time(now + milliseconds(4));
  CHECK(port.requested() == Hosts{"near"});
}

TEST_CASE("a nearer one that comes later does not wait for the stagger", "[race]") {
  FakePort port;
  Race race(port, runners_of({"far", "near", "also far"}));
  race.start(t0);
  race.on_finished(port.id_of("far", true), connected(18'000), t0 + milliseconds(18));
  race.on_time(t0 + milliseconds(18));
  race.on_finished(port.id_of("also far", true), connected(17'000), t0 + milliseconds(19));
  race.on_time(t0 + milliseconds(19));
  CHECK(port.requested() == Hosts{"far"});
  race.on_finished(port.id_of("near", true), connected(4000), t0 + milliseconds(20));
  race.on_time(t0 + milliseconds(20));
  CHECK(port.requested() == Hosts{"far", "near"});
}

TEST_CASE("the times of the winner count from the connection of its probe", "[race]") {
  FakePort port;
  Race race(port, runners_of({"a", "b"}));
  race.start(t0);
  race.on_finished(port.id_of("b", true), connected(5000), t0);
  race.on_time(t0);
  race.on_passed(port.id_of("b", false), t0);
  auto outcome = failed(Cause::answered);
  outcome.timing.first_byte = microseconds(9000);
  outcome.timing.total = microseconds(10'000);
  race.on_finished(port.id_of("b", false), std::move(outcome), t0);
  CHECK(race.results()[0].outcome.timing.first_byte == microseconds(14'000));
  CHECK(race.results()[0].outcome.timing.total == microseconds(15'000));
}
