// A simulated network: sites with beacons and devices, distances, noise, and beacons that get slower under load, fail
// and come back. Time is simulated, in seconds since the start.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace muster::fleet {

struct SimulatedBeacon {
  enum class State { up, refuses, silent };
  std::size_t site = 0;
  State state = State::up;
  double slow_handshake_ms = 0;
  double slow_answer_ms = 0;
  double capacity = 0;  // transfers a second
  double window_s = 0;  // over which its load is taken

  double load() const { return former_ / window_s; }
  void count(double now);

 private:
  double window_began_ = 0;
  double in_window_ = 0;
  double former_ = 0;
};

// What one transfer would meet at each beacon; the same for every way of choosing, and for the oracle.
struct Path {
  double connect_ms = 0;
  double handshake_ms = 0;
  double answer_ms = 0;
  double first_byte_ms() const { return connect_ms + handshake_ms + answer_ms; }
};

class World {
 public:
  World(std::size_t sites, std::size_t beacons_per_site, double transfers_a_second, unsigned seed);

  std::vector<SimulatedBeacon>& beacons() { return beacons_; }
  const std::vector<SimulatedBeacon>& beacons() const { return beacons_; }
  // Without the chance of the moment: what an oracle knows.
  double expected_first_byte_ms(std::size_t site, double device_share, std::size_t beacon) const;
  // For a device of `site`; `device_share` in [0, 1) is where in its site it stands.
  void draw_paths(std::size_t site, double device_share, std::vector<Path>& paths);
  double random() { return uniform_(engine_); }

 private:
  double noise();
  double round_trip_ms(std::size_t site, double device_share, std::size_t beacon) const;

  std::vector<SimulatedBeacon> beacons_;
  std::vector<std::vector<double>> distance_ms_;  // round trip between sites
  std::minstd_rand engine_;
  std::uniform_real_distribution<double> uniform_{0, 1};
};

}  // namespace muster::fleet
