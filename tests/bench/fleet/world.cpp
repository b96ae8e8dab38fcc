#include "tests/bench/fleet/world.h"

#include <algorithm>
#include <cmath>

namespace muster::fleet {
namespace {

constexpr double handshake_work_ms = 3;
constexpr double answer_work_ms = 2;
constexpr double spike_share = 0.005;
constexpr double spike_factor = 4;
constexpr double shortest_window_s = 300;
constexpr double least_in_window = 50;  // transfers; of fewer the load would be chance
constexpr double usual_use = 0.3;       // of a beacon's capacity, when load is spread evenly

// The queue of a server with one line (M/M/1), bounded.
double waiting_factor(const SimulatedBeacon& beacon) {
  const double use = std::min(beacon.load() / beacon.capacity, 0.98);
  return 1 / (1 - use);
}

}  // namespace

void SimulatedBeacon::count(double now) {
  if (now >= window_began_ + window_s) {
    former_ = now < window_began_ + 2 * window_s ? in_window_ : 0;
    in_window_ = 0;
    window_began_ = now;
  }
  in_window_ += 1;
}

World::World(std::size_t sites, std::size_t beacons_per_site, double transfers_a_second, unsigned seed)
    : distance_ms_(sites, std::vector<double>(sites, 0)), engine_(seed) {
  const double each = transfers_a_second / static_cast<double>(sites * beacons_per_site);
  for (std::size_t site = 0; site < sites; ++site) {
    for (std::size_t i = 0; i < beacons_per_site; ++i) {
      SimulatedBeacon beacon;
      beacon.site = site;
      beacon.capacity = each / usual_use;
      beacon.window_s = std::max(shortest_window_s, least_in_window / each);
      beacons_.push_back(beacon);
    }
    for (std::size_t other = 0; other < site; ++other) {
      distance_ms_[site][other] = distance_ms_[other][site] = 20 + 80 * random();
    }
    distance_ms_[site][site] = 4;
  }
}

// A sum of uniform numbers is close enough to a bell, and quick.
double World::noise() {
  const double bell = (random() + random() + random() + random() - 2) * 1.73;
  const double usual = std::exp(0.08 * bell);
  return random() < spike_share ? usual * spike_factor : usual;
}

// Within a site a beacon may be in the next room or behind one more switch.
double World::round_trip_ms(std::size_t site, double device_share, std::size_t beacon) const {
  return distance_ms_[site][beacons_[beacon].site] + 0.2 * device_share + 0.1 * static_cast<double>(beacon % 5);
}

double World::expected_first_byte_ms(std::size_t site, double device_share, std::size_t beacon) const {
  const SimulatedBeacon& one = beacons_[beacon];
  return 3 * round_trip_ms(site, device_share, beacon) + (handshake_work_ms + answer_work_ms) * waiting_factor(one) +
         one.slow_handshake_ms + one.slow_answer_ms;
}

void World::draw_paths(std::size_t site, double device_share, std::vector<Path>& paths) {
  paths.resize(beacons_.size());
  for (std::size_t i = 0; i < beacons_.size(); ++i) {
    const SimulatedBeacon& beacon = beacons_[i];
    const double round_trip = round_trip_ms(site, device_share, i);
    const double waiting = waiting_factor(beacon);
    paths[i].connect_ms = round_trip * noise();
    paths[i].handshake_ms = (round_trip + handshake_work_ms * waiting) * noise() + beacon.slow_handshake_ms;
    paths[i].answer_ms = (round_trip + answer_work_ms * waiting) * noise() + beacon.slow_answer_ms;
  }
}

}  // namespace muster::fleet
