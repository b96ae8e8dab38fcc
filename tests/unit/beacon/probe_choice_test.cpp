// Which location a background probe is for.
#include <catch2/catch.hpp>

#include "tests/unit/beacon/choice_scene.h"

using namespace muster;
using beacon::Fault;
using testing::noon;
using testing::Scene;

namespace {

using std::chrono::hours;

std::optional<std::size_t> probed(const Scene& scene, double random = 0.99) {
  return next_background_probe(scene.situation(), scene.choice(), random);
}

// Two that are equally near; the second one is the one to keep to, and is slow now.
Scene with_an_incident() {
  Scene scene(2);
  scene.candidates[1].weight = 2000;
  scene.measured(0, 10);
  scene.measured(1, 10).answer = {900'000, noon};
  return scene;
}

}  // namespace

TEST_CASE("one that asked clients to wait is not probed", "[probe]") {
  Scene scene(2);
  scene.measured(0, 10);
  scene.measured(1, 10);
  scene.penalised(1, Fault::slow);
  learn_retry_after(scene.records[1], 503, hours(20), noon);
  scene.now = noon + hours(3);
  CHECK_FALSE(probed(scene, 0));
}

TEST_CASE("a foreign one is not probed", "[probe]") {
  Scene scene(3, "MgsPing;MgsSubnetMatch(,true)");
  scene.candidates[0].same_subnet = scene.candidates[2].same_subnet = true;
  scene.measured(0, 10);
  scene.measured(2, 20);
  CHECK_FALSE(probed(scene, 0));
}

TEST_CASE("one that was never asked is probed beside the next transfer", "[probe]") {
  Scene scene(3);
  scene.measured(0, 10);
  scene.measured(1, 20);
  CHECK(probed(scene) == 2U);
}

TEST_CASE("one that was better than the first is probed after an hour", "[probe]") {
  Scene scene = with_an_incident();
  CHECK_FALSE(probed(scene));
  scene.now = noon + hours(2);
  CHECK(probed(scene) == 1U);
}

TEST_CASE("the longer it has not been at its best, the rarer a probe, and none after a week", "[probe]") {
  Scene scene = with_an_incident();
  scene.records[1].heard = scene.now = noon + hours(48);
  scene.records[0].heard = scene.now;
  scene.now += hours(5);
  CHECK_FALSE(probed(scene));
  scene.now += hours(2);
  CHECK(probed(scene) == 1U);
  scene.now = noon + hours(24 * 7);
  CHECK_FALSE(probed(scene));
}

TEST_CASE("one that was never better, or would not be kept to, is not probed", "[probe]") {
  Scene scene(3);
  scene.measured(0, 10);
  scene.measured(1, 10);
  scene.measured(2, 40);
  scene.now = noon + hours(30);
  CHECK_FALSE(probed(scene));
}

TEST_CASE("of several the one that may be the best is probed", "[probe]") {
  Scene scene(3);
  scene.measured(0, 50);
  for (const std::size_t i : {1U, 2U}) {
    scene.measured(i, i == 1 ? 20 : 10);
    scene.records[i].tls = {900'000, noon};
  }
  scene.now = noon + hours(2);
  CHECK(probed(scene) == 2U);
}

TEST_CASE("what was asked longest ago is refreshed by three transfers in a thousand", "[probe]") {
  Scene scene(3);
  scene.measured(0, 10);
  scene.measured(1, 30, noon - hours(2));
  scene.measured(2, 30, noon - hours(3));
  CHECK_FALSE(probed(scene, 0.0031));
  CHECK(probed(scene, 0.0029) == 2U);
}

TEST_CASE("what is avoided, invalid, tried, or raced anyway is not probed", "[probe]") {
  Scene scene(4);
  CHECK_FALSE(probed(scene, 0));
  scene.measured(0, 10);
  scene.penalised(1, Fault::connect);
  scene.candidates[2].never = true;
  scene.tried = {false, false, false, true};
  CHECK_FALSE(probed(scene, 0));
}
