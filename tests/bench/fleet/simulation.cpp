#include "tests/bench/fleet/simulation.h"

#include <algorithm>
#include <cmath>

namespace muster::fleet {
namespace {

constexpr double window_s = 300;
constexpr unsigned seed = 20'231;

double percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

class Simulation {
 public:
  Simulation(const Scenario& scenario, const std::string& strategy)
      : scenario_(scenario),
        world_(scenario.sites, scenario.beacons_per_site, static_cast<double>(scenario.devices) / scenario.interval_s,
               seed),
        strategy_(make_strategy(strategy, scenario.devices, world_)),
        counts_(world_.beacons().size(), std::vector<double>(windows(), 0)),
        steady_(world_.beacons().size(), 0) {
    for (std::size_t i = 0; i < scenario.devices; ++i) devices_.push_back({i, world_.random(), world_.random()});
    std::sort(devices_.begin(), devices_.end(), [](const Device& a, const Device& b) { return a.phase < b.phase; });
  }

  Figures run() {
    const auto rounds = static_cast<std::size_t>(std::ceil(scenario_.until_s / scenario_.interval_s));
    for (std::size_t round = 0; round < rounds; ++round) {
      for (const Device& device : devices_) {
        deliver(device, (static_cast<double>(round) + device.phase) * scenario_.interval_s);
      }
    }
    return figures();
  }

 private:
  struct Device {
    std::size_t number;
    double phase;  // of its transfers, in [0, 1)
    double share;  // where in its site it stands
  };

  std::size_t windows() const { return static_cast<std::size_t>(std::ceil(scenario_.until_s / window_s)) + 1; }

  void change(double now) {
    while (changed_ < scenario_.changes.size() && scenario_.changes[changed_].at_s <= now) {
      const Change& next = scenario_.changes[changed_++];
      SimulatedBeacon& beacon = world_.beacons()[next.beacon];
      beacon.state = next.state;
      beacon.slow_handshake_ms = next.slow_handshake_ms;
      beacon.slow_answer_ms = next.slow_answer_ms;
    }
  }

  void deliver(const Device& device, double now) {
    if (now >= scenario_.until_s) return;
    change(now);
    const std::size_t site = device.number % scenario_.sites;
    world_.draw_paths(site, device.share, paths_);
    const Delivery delivery = strategy_->deliver(device.number, now, paths_, scenario_.limit_ms);
    if (delivery.delivered) {
      world_.beacons()[delivery.beacon].count(now);
      ++counts_[delivery.beacon][static_cast<std::size_t>(now / window_s)];
    }
    ++transfers_;
    delivered_ += delivery.delivered ? 1 : 0;
    at_first_ += delivery.delivered && delivery.attempts == 1 ? 1 : 0;
    if (now < scenario_.steady_from_s) extra_while_cold_ += delivery.connections - 1.0;
    if (now < scenario_.steady_from_s || now >= scenario_.steady_to_s) return;
    if (delivery.delivered) ++steady_[delivery.beacon];
    extra_while_steady_ += delivery.connections - 1.0;
    first_bytes_.push_back(static_cast<float>(delivery.first_byte_ms));
    oracle_.push_back(static_cast<float>(oracle(site, device.share)));
  }

  // It has the luck of the moment at the beacon that it takes, as everyone has.
  double oracle(std::size_t site, double share) const {
    std::size_t best = 0;
    double least = 1e12;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      if (world_.beacons()[i].state != SimulatedBeacon::State::up) continue;
      const double expected = world_.expected_first_byte_ms(site, share, i);
      if (expected < least) {
        least = expected;
        best = i;
      }
    }
    return paths_[best].first_byte_ms();
  }

  double load_max_to_mean() const {
    double worst = 0;
    const std::size_t each = scenario_.beacons_per_site;
    for (std::size_t site = 0; site < scenario_.sites; ++site) {
      const auto first = steady_.begin() + static_cast<std::ptrdiff_t>(site * each);
      const auto last = first + static_cast<std::ptrdiff_t>(each);
      double sum = 0;
      for (auto load = first; load != last; ++load) sum += *load;
      worst = std::max(worst, *std::max_element(first, last) * static_cast<double>(each) / sum);
    }
    return worst;
  }

  Figures figures() {
    Figures result;
    result.transfers = first_bytes_.size();
    result.load_max_to_mean = load_max_to_mean();
    result.p50_ms = percentile(first_bytes_, 0.5);
    result.p99_ms = percentile(first_bytes_, 0.99);
    result.oracle_p50_ms = percentile(oracle_, 0.5);
    result.oracle_p99_ms = percentile(oracle_, 0.99);
    result.extra_connections = extra_while_steady_ / static_cast<double>(first_bytes_.size());
    result.cold_connections = extra_while_cold_ / static_cast<double>(scenario_.devices);
    result.delivered = delivered_ / transfers_;
    result.at_first = at_first_ / transfers_;
    const double even = static_cast<double>(scenario_.devices) / scenario_.interval_s * window_s /
                        static_cast<double>(world_.beacons().size());
    for (auto& beacon : counts_) {
      for (double& load : beacon) load /= even;
      beacon.resize(static_cast<std::size_t>(scenario_.until_s / window_s));
    }
    result.loads = std::move(counts_);
    return result;
  }

  const Scenario& scenario_;
  World world_;
  std::unique_ptr<Strategy> strategy_;
  std::vector<Device> devices_;
  std::vector<Path> paths_;
  std::size_t changed_ = 0;
  std::vector<std::vector<double>> counts_;  // by beacon and window
  std::vector<double> steady_;               // by beacon
  std::vector<float> first_bytes_;
  std::vector<float> oracle_;
  double transfers_ = 0;
  double delivered_ = 0;
  double at_first_ = 0;
  double extra_while_cold_ = 0;
  double extra_while_steady_ = 0;
};

}  // namespace

Figures simulate(const Scenario& scenario, const std::string& strategy) { return Simulation(scenario, strategy).run(); }

}  // namespace muster::fleet
