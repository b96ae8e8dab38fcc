#include "tests/bench/fleet/peers.h"

#include <algorithm>
#include <numeric>

namespace muster::fleet {
namespace {

constexpr double connect_limit_ms = 10'000;
constexpr double day_s = 86'400;
constexpr double hour_s = 3'600;
constexpr double failed_ms = 100'000;  // ranks behind all that work

using State = SimulatedBeacon::State;

double ready_ms(const SimulatedBeacon& beacon, const Path& path) {
  return beacon.state == State::up ? path.connect_ms + path.handshake_ms : failed_ms;
}

std::vector<std::size_t> by(const std::vector<double>& cost) {
  std::vector<std::size_t> order(cost.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return cost[a] < cost[b]; });
  return order;
}

}  // namespace

Delivery Peer::deliver(std::size_t device, double now, const std::vector<Path>& paths, double limit_ms) {
  Delivery delivery;
  for (const std::size_t beacon : order(device, now, paths, delivery)) {
    const Path& path = paths[beacon];
    const State state = world_.beacons()[beacon].state;
    const bool stalls = path.answer_ms > limit_ms;
    ++delivery.attempts;
    ++delivery.connections;
    delivery.delivered = state == State::up && !stalls;
    const double spent = state == State::refuses ? path.connect_ms
                         : state == State::silent
                             ? connect_limit_ms
                             : path.connect_ms + path.handshake_ms + std::min(path.answer_ms, limit_ms);
    delivery.first_byte_ms += spent;
    met(device, beacon, spent, delivery.delivered);
    delivery.beacon = beacon;
    if (delivery.delivered) break;
  }
  return delivery;
}

std::vector<std::size_t> Peer::shuffled() {
  std::vector<std::size_t> order(world_.beacons().size());
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[static_cast<std::size_t>(world_.random() * static_cast<double>(left))]);
  }
  return order;
}

std::vector<std::size_t> Random::order(std::size_t, double, const std::vector<Path>&, Delivery&) { return shuffled(); }

std::vector<std::size_t> MgsPing::order(std::size_t device, double now, const std::vector<Path>& paths, Delivery&) {
  Rank& rank = ranks_[device];
  if (now >= rank.since + day_s) {
    std::vector<double> round_trip;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      round_trip.push_back(world_.beacons()[i].state == State::silent ? failed_ms : paths[i].connect_ms);
    }
    rank = {now, by(round_trip)};
  }
  return rank.order;
}

std::vector<std::size_t> AlwaysFastest::order(std::size_t device, double now, const std::vector<Path>& paths,
                                              Delivery& delivery) {
  Known& known = known_[device];
  if (now >= known.since + hour_s) {
    known.since = now;
    known.expected_ms.clear();
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const SimulatedBeacon& beacon = world_.beacons()[i];
      known.expected_ms.push_back(beacon.state == State::up ? paths[i].first_byte_ms() : failed_ms);
    }
    delivery.connections += static_cast<unsigned>(paths.size());
  }
  return by(known.expected_ms);
}

void AlwaysFastest::met(std::size_t device, std::size_t beacon, double ms, bool delivered) {
  double& expected = known_[device].expected_ms[beacon];
  expected = delivered ? 0.7 * expected + 0.3 * ms : failed_ms;
}

std::vector<std::size_t> TwoChoices::order(std::size_t, double, const std::vector<Path>& paths, Delivery& delivery) {
  auto order = shuffled();
  const auto ready = [&](std::size_t beacon) { return ready_ms(world_.beacons()[beacon], paths[beacon]); };
  if (ready(order[1]) < ready(order[0])) std::swap(order[0], order[1]);
  ++delivery.connections;
  return order;
}

}  // namespace muster::fleet
