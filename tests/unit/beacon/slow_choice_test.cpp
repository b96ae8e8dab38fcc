// The choice among beacons that deliver, and too slowly.
#include <catch2/catch.hpp>

#include "tests/unit/beacon/choice_scene.h"

using namespace muster;
using beacon::Fault;
using testing::noon;
using testing::Scene;

namespace {

using Order = std::vector<std::size_t>;
constexpr milliseconds at_once{0};

void delivers_slowly(Scene& scene, std::size_t location) {
  scene.penalised(location, Fault::slow);
  scene.records[location].used = noon;
}

}  // namespace

TEST_CASE("one that delivers slowly is left out while there is another", "[choice]") {
  Scene scene(2);
  scene.measured(0, 1);
  scene.measured(1, 50);
  delivers_slowly(scene, 0);
  CHECK(scene.order() == Order{1});
}

TEST_CASE("where all that are left deliver slowly, they are not asked at once", "[choice]") {
  Scene scene(4);
  for (const std::size_t i : Order{0, 1, 2, 3}) scene.measured(i, i == 2 ? 1 : 50);
  for (const std::size_t i : Order{0, 1, 2}) delivers_slowly(scene, i);
  scene.penalised(3, Fault::connect);
  const auto choice = scene.choice();
  CHECK(scene.order() == Order{2, 0, 1});
  CHECK(choice.places[0].starts_after == at_once);
  CHECK(choice.places[1].starts_after > at_once);
  scene.tried = {true, true, true, false};
  CHECK(scene.order() == Order{3});
}

TEST_CASE("one that delivers slowly is asked before one that is on trial", "[choice]") {
  Scene scene(2);
  scene.measured(0, 50);
  scene.measured(1, 1);
  delivers_slowly(scene, 0);
  scene.penalised(1, Fault::connect, noon - seconds(45));
  REQUIRE(scene.records[1].on_trial(noon));
  CHECK(scene.order() == Order{0, 1});
  CHECK(scene.choice().places[1].starts_after > at_once);
}

TEST_CASE("those that were silent are all asked at once, whatever they delivered before", "[choice]") {
  Scene scene(2);
  for (const std::size_t i : Order{0, 1}) {
    scene.measured(i, 1, noon - seconds(9)).used = noon - seconds(9);
    scene.penalised(i, Fault::slow);
    CHECK(scene.choice().places[i].starts_after == at_once);
  }
  CHECK(scene.choice().places.size() == 2);
  CHECK(scene.choice().places[1].starts_after == at_once);
}
