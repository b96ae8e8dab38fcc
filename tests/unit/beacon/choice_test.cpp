#include "agent/beacon/choice.h"

#include <catch2/catch.hpp>

#include "tests/unit/beacon/choice_scene.h"

using namespace muster;
using beacon::Fault;
using beacon::Reason;
using testing::noon;
using testing::Scene;

namespace {

using Order = std::vector<std::size_t>;
using std::chrono::hours;
constexpr milliseconds at_once{0};

}  // namespace

TEST_CASE("without a location there is no place", "[choice]") { CHECK(Scene(0).choice().places.empty()); }

TEST_CASE("locations that are all invalid have no place", "[choice]") {
  Scene scene(2);
  for (auto& candidate : scene.candidates) candidate.never = true;
  CHECK(scene.choice().places.empty());
  CHECK(scene.choice().never == Order{0, 1});
}

TEST_CASE("without a history all race at once, in the order of the file", "[choice]") {
  const Scene scene(3);
  const auto choice = scene.choice();
  CHECK(scene.order() == Order{0, 1, 2});
  for (const auto& place : choice.places) {
    CHECK(place.starts_after == at_once);
    CHECK(place.reason == Reason::unmeasured);
  }
}

TEST_CASE("the best by far begins alone, and the others join when it is late", "[choice]") {
  Scene scene(6);
  for (std::size_t i = 0; i < 6; ++i) scene.measured(i, i == 4 ? 10 : 50 + static_cast<double>(i));
  const auto choice = scene.choice();
  CHECK(scene.order() == Order{4, 0, 1, 2, 3, 5});
  CHECK(choice.places[0].starts_after == at_once);
  CHECK(choice.places[0].reason == Reason::kept_to);
  for (const std::size_t i : Order{1, 2, 3}) CHECK(choice.places[i].starts_after == milliseconds(250));
  CHECK(choice.places[4].starts_after > milliseconds(250));
}

TEST_CASE("over a long way the first one has more patience", "[choice]") {
  Scene scene(2);
  scene.measured(0, 100);
  scene.measured(1, 300);
  CHECK(scene.choice().places[1].starts_after == milliseconds(600));
}

TEST_CASE("among the best a device keeps to the one that its hash gives", "[choice]") {
  Scene scene(3);
  scene.measured(0, 300);
  scene.measured(1, 10.5);
  scene.measured(2, 10);
  CHECK(scene.order() == Order{1, 2, 0});
  CHECK(scene.choice().places[0].reason == Reason::kept_to);
  CHECK(scene.choice().places[1].reason == Reason::in_band);
  CHECK(scene.choice().places[2].reason == Reason::measured);
  scene.candidates[2].weight = 5000;
  CHECK(scene.order() == Order{2, 1, 0});
}

TEST_CASE("the one in use may be a little worse before it is left", "[choice]") {
  Scene scene(2);
  scene.measured(0, 14);
  scene.measured(1, 10);
  CHECK(scene.order() == Order{1, 0});
  scene.records[0].used = noon;
  CHECK(scene.order() == Order{0, 1});
  scene.records[1].heard = noon - hours(2);  // what is not fresh is no reason to stay
  CHECK(scene.order() == Order{1, 0});
  scene.measured(1, 10);
  scene.records[0] = {};
  scene.measured(0, 40).used = noon;
  CHECK(scene.order() == Order{1, 0});
}

TEST_CASE("small uploads weigh latency, downloads weigh goodput", "[choice]") {
  Scene scene(2);
  scene.measured(0, 2).per_byte.add(1000, noon);  // near, 1 MB/s
  scene.measured(1, 10).per_byte.add(10, noon);   // far, 100 MB/s
  CHECK(scene.order() == Order{0, 1});
  scene.bytes = 100'000'000;
  CHECK(scene.order() == Order{1, 0});
  scene.bytes = 0;
  scene.direction = beacon::Direction::download;
  CHECK(scene.order() == Order{1, 0});
}

TEST_CASE("a goodput that was better is tried again after a day, one that was always bad is not", "[choice]") {
  for (const char* algorithm : {"Fastest", "MgsBandwidth"}) {
    INFO(algorithm);
    Scene scene(2, algorithm);
    scene.direction = beacon::Direction::download;
    scene.bytes = 0;
    scene.measured(0, 10).per_byte.add(9000, noon);
    scene.measured(1, 10).per_byte.add(10, noon);
    CHECK(scene.order() == Order{1, 0});
    scene.now = noon + hours(23);
    CHECK(scene.order() == Order{1, 0});
    scene.now = noon + hours(25);
    scene.measured(0, 10, scene.now);
    scene.measured(1, 10, scene.now).per_byte.add(10, scene.now);
    CHECK(scene.order() == Order{1, 0});
    scene.records[0].best_per_byte.add(10, noon);
    CHECK(scene.order() == Order{0, 1});
  }
}

TEST_CASE("a handshake that is not known counts as the round trip, so that a transfer measures it", "[choice]") {
  Scene scene(3);
  scene.measured(0, 100);
  for (const std::size_t i : Order{1, 2}) {
    scene.records[i].connect.add(i == 1 ? 30'000 : 90'000, noon);
    scene.records[i].heard = noon;
  }
  CHECK(scene.order().front() == 1);
  CHECK(scene.choice().places[0].reason == Reason::estimated);
  CHECK(scene.choice().places[0].expected_us == 90'000);
}

TEST_CASE("beside an estimate a measured one is left only where it is far worse", "[choice]") {
  Scene scene(2);
  scene.records[1].connect.add(10'000, noon);
  scene.records[1].heard = noon;
  scene.measured(0, 18);
  CHECK(scene.order() == Order{0, 1});
  scene.measured(0, 40);
  CHECK(scene.order() == Order{1, 0});
}

TEST_CASE("numbers older than four weeks and numbers from the future do not count", "[choice]") {
  Scene scene(2);
  scene.measured(0, 1, noon - hours(24 * 29));
  scene.measured(1, 50);
  CHECK(scene.order() == Order{1, 0});
  scene.now = noon - hours(24 * 30);  // the clock went back
  for (const auto& place : scene.choice().places) CHECK(place.reason == Reason::unmeasured);
}

TEST_CASE("one that fails is left out while there is another", "[choice]") {
  Scene scene(2);
  scene.measured(0, 1);
  scene.measured(1, 50);
  scene.penalised(0, Fault::failing);
  CHECK(scene.order() == Order{1});
  scene.now = noon + seconds(31);
  CHECK(scene.order() == Order{0, 1});
}

TEST_CASE("when all fail, all are asked at once", "[choice]") {
  Scene scene(3);
  for (const std::size_t i : Order{0, 1, 2}) scene.penalised(i, Fault::failing);
  const auto choice = scene.choice();
  CHECK(choice.places.size() == 3);
  for (const auto& place : choice.places) {
    CHECK(place.reason == Reason::avoided);
    CHECK(place.starts_after == at_once);
  }
}

TEST_CASE("one that asked clients to wait gets no place, even where all did", "[choice]") {
  Scene scene(3);
  for (const std::size_t i : Order{0, 1, 2}) scene.penalised(i, Fault::failing);
  learn_retry_after(scene.records[0], 503, seconds(900), noon);
  learn_retry_after(scene.records[2], 429, seconds(600), noon);
  CHECK(scene.order() == Order{1});
  CHECK(scene.choice().deferred == Order{2, 0});
  learn_retry_after(scene.records[1], 503, seconds(700), noon);
  CHECK(scene.order().empty());
  CHECK(scene.choice().deferred == Order{2, 1, 0});
  scene.now = noon + seconds(601);
  CHECK(scene.order() == Order{2});
  scene.now = noon - seconds(1);  // the clock went back
  CHECK(scene.order().size() == 3);
}

TEST_CASE("after a failed connection or a slow answer a beacon is on trial behind all others", "[choice]") {
  for (const Fault fault : {Fault::connect, Fault::slow}) {
    Scene scene(2);
    scene.measured(0, 1);
    scene.measured(1, 50);
    scene.penalised(0, fault);
    scene.now = noon + seconds(80);
    CHECK(scene.order() == Order{1, 0});
    CHECK(scene.choice().places[1].reason == Reason::on_trial);
    CHECK(next_background_probe(scene.situation(), scene.choice(), 0.99) == 0U);
  }
}

TEST_CASE("a refused certificate is forgiven when another one is in use", "[choice]") {
  for (const Fault fault : {Fault::certificate, Fault::untrusted}) {
    Scene scene(2);
    scene.measured(0, 1);
    scene.measured(1, 50);
    scene.penalised(0, fault);
    CHECK(scene.order() == Order{1});
    scene.epoch = 2;
    CHECK(scene.order() == Order{0, 1});
  }
}

TEST_CASE("what has been tried is not asked again", "[choice]") {
  Scene scene(3);
  scene.tried = {false, true, false};
  CHECK(scene.order() == Order{0, 2});
}

TEST_CASE("fixed locations keep their numbers among those that the algorithm gives", "[choice]") {
  Scene scene(4);
  scene.measured(0, 90);
  scene.measured(1, 10);
  scene.candidates[2].fixed = true;
  scene.candidates[2].number = 2;
  scene.candidates[3].fixed = true;
  scene.candidates[3].number = 1;
  CHECK(scene.order() == Order{3, 1, 2, 0});  // at equal numbers the fixed one first
  scene.rules.highest = 10;
  CHECK(scene.order() == Order{3, 2, 1, 0});
  scene.candidates[2].number = 50;
  scene.rules.highest = 1;
  scene.rules.lowest = 1;
  CHECK(scene.order() == Order{3, 1, 0, 2});
}

TEST_CASE("patience ends after a second, however slow the first was", "[choice]") {
  for (const char* algorithms : {"Fastest", "MgsNameMatch"}) {
    Scene scene(2, algorithms);
    scene.measured(0, 6500);
    scene.measured(1, 7000);
    CHECK(scene.choice().places[1].starts_after == seconds(1));
  }
}

TEST_CASE("in a fixed order a transfer tries whether a beacon is back, with little patience", "[choice]") {
  for (const Fault fault : {Fault::late, Fault::connect, Fault::name}) {
    Scene scene(2, "MgsNameMatch");
    scene.measured(0, 5);
    scene.measured(1, 5);
    scene.penalised(0, fault);
    CHECK(scene.order() == Order{1});
    scene.now = noon + seconds(90);
    CHECK(scene.order() == Order{0, 1});
    CHECK(scene.choice().places[1].starts_after == milliseconds(250));
  }
}

TEST_CASE("a fixed order is kept: the next one joins a second later", "[choice]") {
  Scene scene(3);
  for (std::size_t i = 0; i < 3; ++i) {
    scene.candidates[i].fixed = true;
    scene.candidates[i].number = static_cast<unsigned>(3 - i);
    scene.measured(i, 1 + static_cast<double>(i));
  }
  const auto choice = scene.choice();
  CHECK(scene.order() == Order{2, 1, 0});
  CHECK(choice.places[0].reason == Reason::fixed);
  CHECK(choice.places[1].starts_after == seconds(1));
  CHECK(choice.places[2].starts_after == seconds(2));
}

TEST_CASE("each place of a long fixed order has its own second", "[choice]") {
  Scene scene(6);
  for (std::size_t i = 0; i < 6; ++i) {
    scene.candidates[i].fixed = true;
    scene.candidates[i].number = static_cast<unsigned>(i);
  }
  for (std::size_t i = 0; i < 6; ++i) CHECK(scene.choice().places[i].starts_after == seconds(i));
  Scene matched(6, "MgsNameMatch");
  for (std::size_t i = 0; i < 6; ++i) CHECK(matched.choice().places[i].starts_after == seconds(i));
}

TEST_CASE("the last algorithm decides most, the first among equals", "[choice]") {
  Scene scene(4, "MgsPing;MgsSubnetMatch");
  for (std::size_t i = 0; i < 4; ++i) scene.measured(i, 40 - 10 * static_cast<double>(i));
  scene.candidates[0].same_subnet = true;
  scene.candidates[1].same_subnet = true;
  CHECK(scene.order() == Order{1, 0, 3, 2});
}

TEST_CASE("without a history those that an algorithm cannot tell apart race", "[choice]") {
  Scene scene(4, "MgsPing;MgsSubnetMatch");
  scene.candidates[1].same_subnet = true;
  scene.candidates[3].same_subnet = true;
  const auto choice = scene.choice();
  CHECK(scene.order() == Order{1, 3, 0, 2});
  CHECK(choice.places[1].starts_after == at_once);
  CHECK(choice.places[2].starts_after == milliseconds(250));
}

TEST_CASE("MgsPing goes by the time to the first byte alone", "[choice]") {
  Scene scene(3, "MgsPing");
  scene.measured(0, 11);
  scene.measured(1, 10);
  scene.measured(2, 12);
  CHECK(scene.order() == Order{1, 0, 2});
}

TEST_CASE("MgsBandwidth goes by the goodput of real transfers", "[choice]") {
  Scene scene(3, "MgsBandwidth");
  scene.measured(0, 1);
  scene.measured(1, 5).per_byte.add(500, noon);
  scene.measured(2, 50).per_byte.add(10, noon);
  CHECK(scene.order() == Order{2, 1, 0});
}

TEST_CASE("MgsRandom goes by the draw of this run", "[choice]") {
  Scene scene(3, "MgsRandom");
  scene.candidates[0].drawn = 7;
  scene.candidates[1].drawn = 9;
  scene.candidates[2].drawn = 3;
  CHECK(scene.order() == Order{2, 0, 1});
}

TEST_CASE("MgsIPMatch, MgsNameMatch and MgsDomainMatch put the closest first", "[choice]") {
  for (const char* algorithm : {"MgsIPMatch", "MgsNameMatch", "MgsDomainMatch"}) {
    Scene scene(3, algorithm);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::size_t closeness = i == 1 ? 20 : i;
      scene.candidates[i].common_bits = static_cast<unsigned>(closeness);
      scene.candidates[i].common_letters = closeness;
      scene.candidates[i].common_labels = closeness;
    }
    INFO(algorithm);
    CHECK(scene.order() == Order{1, 2, 0});
    CHECK(scene.choice().places[1].starts_after == seconds(1));
  }
}

TEST_CASE("MgsNameMatch with a length puts all that match so far first, and changes their order no more", "[choice]") {
  Scene scene(5, "MgsNameMatch(3)");
  for (std::size_t i = 0; i < 5; ++i) {
    scene.candidates[i].common_letters = std::vector<std::size_t>{2, 3, 9, 0, 4}[i];
    scene.candidates[i].shorter_name = 10;
  }
  CHECK(scene.order() == Order{1, 2, 4, 0, 3});
}

TEST_CASE("MgsNameMatch asks for no more letters than the shorter name has", "[choice]") {
  Scene scene(4, "MgsNameMatch(20,,true)");
  for (std::size_t i = 0; i < 4; ++i) {
    scene.candidates[i].common_letters = std::vector<std::size_t>{5, 6, 7, 0}[i];
    scene.candidates[i].shorter_name = std::vector<std::size_t>{7, 6, 7, 0}[i];  // the last one is an address
  }
  CHECK(scene.order() == Order{1, 2});
  CHECK(scene.choice().never == Order{0, 3});
}

TEST_CASE("a limit leaves the rest behind all that have a place", "[choice]") {
  Scene scene(3, "MgsPing(1);MgsSubnetMatch");
  scene.measured(0, 30);
  scene.measured(1, 20);
  scene.measured(2, 10);
  scene.candidates[0].same_subnet = true;
  CHECK(scene.order() == Order{2, 0, 1});
}

TEST_CASE("foreign ones are never used where they are to be discarded", "[choice]") {
  Scene scene(3, "MgsSubnetMatch(,true)");
  scene.candidates[1].same_subnet = true;
  CHECK(scene.order() == Order{1});
  CHECK(scene.choice().never == Order{0, 2});
  scene.candidates[1].same_subnet = false;
  CHECK(scene.choice().places.empty());
  Scene names(2, "MgsNameMatch(20,,true)");
  names.candidates[1].common_letters = names.candidates[1].shorter_name = 1;
  CHECK(names.order() == Order{1});
}

namespace {

// The first one matches, the second one is to be discarded.
Scene with_a_foreigner() {
  Scene scene(2, "MgsNameMatch(,,true)");
  scene.candidates[0].common_letters = scene.candidates[0].shorter_name = 5;
  scene.candidates[1].shorter_name = 5;
  return scene;
}

}  // namespace

TEST_CASE("a beacon under a penalty is asked before a foreign one that is well", "[choice]") {
  Scene scene = with_a_foreigner();
  scene.measured(1, 1);
  scene.penalised(0, Fault::failing);
  CHECK(scene.order() == Order{0});
  CHECK(scene.choice().never == Order{1});
}

TEST_CASE("a foreign one is not asked when all fail", "[choice]") {
  Scene scene = with_a_foreigner();
  for (const std::size_t i : Order{0, 1}) scene.penalised(i, Fault::failing);
  CHECK(scene.order() == Order{0});
}

TEST_CASE("a foreign one on trial has no place", "[choice]") {
  Scene scene = with_a_foreigner();
  scene.penalised(1, Fault::connect);
  scene.now = noon + hours(1);
  CHECK(scene.order() == Order{0});
}

TEST_CASE("fixed locations are neither discarded nor counted by algorithms", "[choice]") {
  Scene scene(4, "MgsSubnetMatch(1,true)");
  scene.candidates[0].fixed = true;
  scene.candidates[0].number = 1;
  scene.candidates[2].same_subnet = scene.candidates[3].same_subnet = true;
  CHECK(scene.order() == Order{0, 2, 3});
  CHECK(scene.choice().never == Order{1});
  Scene pinged(3, "MgsPing(1);MgsSubnetMatch");
  for (std::size_t i = 0; i < 3; ++i) pinged.measured(i, 10 + static_cast<double>(i));
  pinged.candidates[0].fixed = true;
  pinged.candidates[0].number = 5;
  pinged.candidates[2].same_subnet = true;
  CHECK(pinged.order() == Order{1, 2, 0});  // the one place is for the first of the two
}

TEST_CASE("algorithms of Windows change nothing", "[choice]") {
  Scene scene(3, "MgsPing;MgsADSiteMatch;MgsDHCP");
  scene.measured(0, 30);
  scene.measured(1, 20);
  scene.measured(2, 10);
  CHECK(scene.order() == Order{2, 1, 0});
}
