// What a device meets over hours and weeks, in simulated time: the faults that were found from outside.
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <random>
#include <set>

#include "tests/unit/beacon/simulated_device.h"

using namespace muster;
using beacon::Direction;
using testing::SimulatedBeacon;
using testing::SimulatedDevice;
using testing::SimulatedNetwork;
using testing::SimulatedTransfer;
using State = SimulatedBeacon::State;

namespace {

constexpr double minute = 60;
constexpr double hour = 3600;
constexpr double day = 24 * hour;
constexpr std::uint64_t large = 20'000'000;

std::vector<SimulatedBeacon> at_ms(std::initializer_list<double> round_trips) {
  std::vector<SimulatedBeacon> beacons;
  for (const double round_trip : round_trips) {
    SimulatedBeacon beacon;
    beacon.round_trip_ms = round_trip;
    beacons.push_back(beacon);
  }
  return beacons;
}

// Every way in which people or an algorithm that does not measure fix an order.
enum class Order { priorities, ip, subnet, name, random, chain };

std::unique_ptr<SimulatedDevice> ordered(SimulatedNetwork& network, Order order) {
  static constexpr std::array words{"Fastest",      "MgsIPMatch", "MgsSubnetMatch",
                                    "MgsNameMatch", "MgsRandom",  "MgsPing;MgsSubnetMatch"};
  auto device = std::make_unique<SimulatedDevice>(network, "device", words[static_cast<std::size_t>(order)]);
  if (order == Order::priorities) {
    for (std::size_t i = 0; i < network.beacons().size(); ++i) {
      device->location(i).auto_priority = false;
      device->location(i).priority = static_cast<unsigned>(i + 1);
    }
  }
  return device;
}

}  // namespace

TEST_CASE("in any order that is not measured, silent beacons cost one second each, once", "[scenario]") {
  const auto order = GENERATE(Order::priorities, Order::ip, Order::subnet, Order::name, Order::random, Order::chain);
  const std::size_t silent = GENERATE(1U, 2U);
  const State state = GENERATE(State::silent, State::frozen);
  CAPTURE(static_cast<int>(order), silent, static_cast<int>(state));

  SimulatedNetwork network(at_ms({5, 6, 7, 8}));
  const auto whole = ordered(network, order);
  SimulatedDevice& device = *whole;
  for (int i = 0; i < 6; ++i) device.transfer(i * minute);
  for (std::size_t i = 0; i < silent; ++i) network.beacon(i).state = state;

  double all = 0;
  const auto burst = device.burst(10 * minute, 20);
  for (const SimulatedTransfer& transfer : burst) {
    CHECK(transfer.delivered);
    all += transfer.seconds;
  }
  CHECK(all < 1.1 * static_cast<double>(silent) + 1);
  CHECK(burst.back().seconds < 0.1);

  // Now and then one transfer of a later process tries whether they are back; at random it may meet another one first.
  for (int i = 0; i < 10; ++i) all += device.transfer(10 * minute + (i + 1) * 10).seconds;
  CHECK(all < 1.1 * static_cast<double>(silent) + 1 + 3 * 0.25 * static_cast<double>(silent));
}

TEST_CASE("the first of a fixed order is used again within two transfers or an hour after it was silent",
          "[scenario]") {
  const auto order = GENERATE(Order::priorities, Order::ip, Order::subnet, Order::chain);
  const double interval = GENERATE(hour, day);
  const double near = GENERATE(5.0, 60.0);  // nearer than the second one, and farther
  CAPTURE(static_cast<int>(order), interval, near);

  SimulatedNetwork network(at_ms({near, 20}));
  const auto whole = ordered(network, order);
  SimulatedDevice& device = *whole;
  double now = 0;
  for (int i = 0; i < 3; ++i) device.transfer(now += interval);
  const std::size_t first = device.transfer(now += interval).beacon;
  if (order != Order::chain) REQUIRE(first == 0);
  network.beacon(first).state = State::silent;
  CHECK(device.transfer(now += interval).beacon != first);
  network.beacon(first).state = State::up;
  device.transfer(now += interval);
  CHECK(device.transfer(now += interval).beacon == first);
}

TEST_CASE("after one bad transfer the nearest beacon is used again within two transfers or an hour", "[scenario]") {
  enum class Incident { silent, slower, late_answer, late_handshake, refuses };
  const auto incident =
      GENERATE(Incident::silent, Incident::slower, Incident::late_answer, Incident::late_handshake, Incident::refuses);
  const double interval = GENERATE(minute, hour, day);
  const int name = GENERATE(range(0, 12));
  CAPTURE(static_cast<int>(incident), interval, name);

  SimulatedNetwork network(at_ms({30, 10, 50}));
  SimulatedDevice device(network, "device" + std::to_string(name));
  double now = 0;
  for (int i = 0; i < 6; ++i) device.transfer(now += interval);
  REQUIRE(device.transfer(now += interval).beacon == 1);

  SimulatedBeacon& nearest = network.beacon(1);
  const SimulatedBeacon usual = nearest;
  if (incident == Incident::silent) nearest.state = State::silent;
  if (incident == Incident::slower) nearest.round_trip_ms += 200;
  if (incident == Incident::late_answer) nearest.answer_ms += 500;
  if (incident == Incident::late_handshake) nearest.handshake_ms += 500;
  if (incident == Incident::refuses) nearest.state = State::refuses;
  device.transfer(now += interval);
  nearest.state = usual.state;
  nearest.round_trip_ms = usual.round_trip_ms;
  nearest.answer_ms = usual.answer_ms;
  nearest.handshake_ms = usual.handshake_ms;

  const double recovered = now + std::max(hour, interval);
  do {
    device.transfer(now += interval);
  } while (now < recovered);
  CHECK(device.transfer(now += interval).beacon == 1);
}

TEST_CASE("a beacon whose goodput is bad gets one large transfer", "[scenario]") {
  SimulatedNetwork network(at_ms({4, 20, 30, 40}));
  network.beacon(0).mbit = 2;
  network.beacon(1).mbit = 50;
  network.beacon(2).mbit = 100;
  network.beacon(3).mbit = 100;
  for (const Direction direction : {Direction::upload, Direction::download}) {
    SimulatedDevice device(network, "device", "Fastest", direction);
    CHECK(device.transfer(network.now(), large).seconds > 60);
    for (int i = 1; i < 10; ++i) {
      const SimulatedTransfer transfer = device.transfer(network.now() + 600, large);
      CHECK(transfer.beacon != 0);
      CHECK(transfer.seconds < 4);
    }
  }
}

TEST_CASE("a beacon that answers after two seconds gets one transfer, and the next one goes to a near one",
          "[scenario]") {
  const int name = GENERATE(range(0, 6));
  SimulatedNetwork network(at_ms({4, 10, 12, 200}));
  network.beacon(0).answer_ms = 2000;
  SimulatedDevice device(network, "device" + std::to_string(name));
  CHECK(device.transfer(0).beacon == 0);
  for (int i = 1; i < 10; ++i) {
    const SimulatedTransfer transfer = device.transfer(i * minute);
    CHECK(transfer.beacon != 0);
    CHECK(transfer.beacon != 3);
  }
}

TEST_CASE("MgsBandwidth measures other beacons too, and then goes by it", "[scenario]") {
  SimulatedNetwork network(at_ms({4, 10}));
  network.beacon(0).mbit = 5;
  network.beacon(1).mbit = 50;
  SimulatedDevice device(network, "device", "MgsBandwidth", Direction::download);
  int slow = 0;
  for (int i = 0; i < 9; ++i) slow += device.transfer(i * 7 * hour, large).beacon == 0 ? 1 : 0;
  CHECK(slow <= 1);
}

TEST_CASE("small transfers do not measure goodput, and stay with the beacon whose goodput is known", "[scenario]") {
  SimulatedNetwork network(at_ms({4, 10}));
  SimulatedDevice device(network, "device", "MgsBandwidth");
  const std::size_t first = device.transfer(0, large).beacon;
  for (int i = 1; i < 5; ++i) CHECK(device.transfer(i * minute, 1000).beacon == first);
}

TEST_CASE("on a busy machine the nearest of fifty wins the cold race, however late its SYN leaves", "[scenario]") {
  std::vector<SimulatedBeacon> fifty(50);
  for (std::size_t i = 0; i < 50; ++i) fifty[i].round_trip_ms = 4 + 95.0 * static_cast<double>(i) / 49;
  std::minstd_rand chance(7);
  int nearest = 0;
  for (int run = 0; run < 48; ++run) {
    SimulatedNetwork network(fifty);
    network.probe_order.resize(50);
    std::iota(network.probe_order.begin(), network.probe_order.end(), 0);
    std::shuffle(network.probe_order.begin(), network.probe_order.end(), chance);
    network.gap_ms = 0.2 + 0.4 * (run % 2);  // 10 or 30 ms from the first to the last
    SimulatedDevice device(network, "device" + std::to_string(run));
    nearest += device.transfer(0).beacon == 0 ? 1 : 0;
  }
  CHECK(nearest >= 46);
}

TEST_CASE("an answer of 503 in a cold race costs one more connection, not one to each beacon again", "[scenario]") {
  std::vector<SimulatedBeacon> fifty(50);
  for (std::size_t i = 0; i < 50; ++i) fifty[i].round_trip_ms = 4 + 2 * static_cast<double>(i);
  fifty[0].status = 503;
  fifty[0].answer_ms = 200;
  SimulatedNetwork network(fifty);
  SimulatedDevice device(network, "device");
  CHECK(device.transfer(0).delivered);
  CHECK(network.connections() <= 52);
}

TEST_CASE("a beacon that is slow for good is not asked every hour whether it is still slow", "[scenario]") {
  const double interval = GENERATE(5 * minute, hour);
  SimulatedNetwork network(at_ms({10, 10}));
  SimulatedDevice device(network, "device");
  const std::size_t keeps_to = [&] {
    for (int i = 0; i < 4; ++i) device.transfer(i * minute);
    return device.transfer(4 * minute).beacon;
  }();
  // Slow from the first day on, and slow since it was once well.
  SECTION("always") {}
  SECTION("since a while") {
    for (int i = 0; i < 20; ++i) device.transfer(10 * minute + i * interval);
  }
  SimulatedBeacon& slow = network.beacon(keeps_to);
  slow.handshake_ms = 150;
  double now = network.now();
  for (; now < 2 * day; now += interval) device.transfer(now);
  const unsigned before = slow.handshakes;
  for (; now < 4 * day; now += interval) device.transfer(now);
  CHECK(slow.handshakes - before <= 12);
}

TEST_CASE("a silent beacon costs a measured order a quarter of a second, once", "[scenario]") {
  const char* const algorithm = GENERATE("Fastest", "MgsPing", "MgsBandwidth");
  const State state = GENERATE(State::silent, State::frozen);
  CAPTURE(algorithm, static_cast<int>(state));
  SimulatedNetwork network(at_ms({5, 20, 30}));
  SimulatedDevice device(network, "device", algorithm);
  for (int i = 0; i < 5; ++i) device.transfer(i * minute);
  const std::size_t first = device.transfer(10 * minute).beacon;
  network.beacon(first).state = state;
  CHECK(device.transfer(20 * minute).seconds < 0.5);
  for (int i = 0; i < 30; ++i) CHECK(device.transfer(20 * minute + (i + 1) * 20).seconds < 0.15);
}
