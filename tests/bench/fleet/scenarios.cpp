#include "tests/bench/fleet/scenarios.h"

namespace muster::fleet {
namespace {

constexpr double hour_s = 3600;
constexpr double day_s = 24 * hour_s;

}  // namespace

Scenario a_day(std::size_t devices) {
  Scenario day;
  day.name = "day";
  day.devices = devices;
  day.sites = 4;
  day.beacons_per_site = 5;
  day.steady_from_s = 2 * hour_s;
  day.steady_to_s = 6 * hour_s;
  day.until_s = 14 * hour_s;
  day.changes = {{6 * hour_s, 0, SimulatedBeacon::State::silent, 0, 0},
                 {8 * hour_s, 0, SimulatedBeacon::State::up, 0, 0},
                 {10 * hour_s, 0, SimulatedBeacon::State::up, 0, 300},
                 {12 * hour_s, 0, SimulatedBeacon::State::up, 0, 0}};
  return day;
}

Scenario two_months(std::size_t devices) {
  Scenario months;
  months.name = "two months";
  months.devices = devices;
  months.sites = 4;
  months.beacons_per_site = 5;
  months.interval_s = day_s;
  months.steady_from_s = 14 * day_s;
  months.until_s = 60 * day_s;
  months.steady_to_s = months.until_s;
  return months;
}

Scenario one_of_eleven(std::size_t devices, bool slow_answers) {
  Scenario eleven;
  eleven.name = slow_answers ? "slow answers" : "slow handshakes";
  eleven.devices = devices;
  eleven.beacons_per_site = 11;
  eleven.interval_s = 300;
  eleven.steady_from_s = 2 * hour_s;
  eleven.until_s = day_s;
  eleven.steady_to_s = eleven.until_s;
  eleven.limit_ms = 1000;
  eleven.changes = {{0, 3, SimulatedBeacon::State::up, slow_answers ? 0.0 : 2000.0, slow_answers ? 2000.0 : 0.0}};
  return eleven;
}

}  // namespace muster::fleet
