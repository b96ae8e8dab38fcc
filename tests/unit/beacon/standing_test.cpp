#include "agent/beacon/standing.h"

#include <catch2/catch.hpp>

using namespace muster;
using beacon::Standing;

namespace {

const SteadyTime t0 = SteadyTime{} + std::chrono::hours(1);

}  // namespace

TEST_CASE("nobody is the favourite before something was delivered", "[standing]") {
  Standing standing(2);
  CHECK_FALSE(standing.favourite(t0));
  CHECK(standing.round_trip() == microseconds(0));
  CHECK_FALSE(standing.penalised(0, t0));
  CHECK_FALSE(standing.penalised(1, t0));
}

TEST_CASE("who did well last is the favourite", "[standing]") {
  Standing standing(3);
  standing.succeeded(1, microseconds(700));
  CHECK(standing.favourite(t0) == 1);
  standing.succeeded(2, microseconds(900));
  CHECK(standing.favourite(t0) == 2);
  CHECK(standing.round_trip() == microseconds(900));
}

TEST_CASE("a connection that was used again does not make the round trip zero", "[standing]") {
  Standing standing(1);
  standing.succeeded(0, microseconds(700));
  standing.succeeded(0, microseconds(0));
  CHECK(standing.round_trip() == microseconds(700));
}

TEST_CASE("a favourite that fails is none any more, and not after its penalty either", "[standing]") {
  Standing standing(2);
  standing.succeeded(0, microseconds(700));
  standing.failed(0, seconds(60), t0);
  CHECK_FALSE(standing.favourite(t0));
  CHECK_FALSE(standing.favourite(t0 + seconds(61)));
  CHECK(standing.round_trip() == microseconds(0));
}

TEST_CASE("a penalty lasts as long as it was given for", "[standing]") {
  Standing standing(2);
  standing.failed(0, seconds(60), t0);
  CHECK(standing.penalised(0, t0));
  CHECK(standing.penalised(0, t0 + milliseconds(59'999)));
  CHECK_FALSE(standing.penalised(0, t0 + seconds(60)));
  CHECK_FALSE(standing.penalised(1, t0));
}

TEST_CASE("the failure of another one takes nothing from the favourite", "[standing]") {
  Standing standing(2);
  standing.succeeded(0, microseconds(700));
  standing.failed(1, seconds(60), t0);
  CHECK(standing.favourite(t0) == 0);
}

TEST_CASE("a beacon that delivers is forgiven", "[standing]") {
  Standing standing(2);
  standing.failed(0, seconds(86'400), t0);
  standing.succeeded(0, microseconds(700));
  CHECK_FALSE(standing.penalised(0, t0));
  CHECK(standing.favourite(t0) == 0);
}

TEST_CASE("a near favourite has a quarter of a second, a far one six round trips", "[standing]") {
  Standing standing(1);
  CHECK(standing.patience() == milliseconds(250));
  standing.succeeded(0, microseconds(200));
  CHECK(standing.patience() == milliseconds(250));
  standing.succeeded(0, microseconds(300'000));
  CHECK(standing.patience() == milliseconds(1800));
}
