// muster_fleet DEVICES [STRATEGY...]: prints the figures of all scenarios as JSON, for tests/bench/fleet.py.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cstdlib>

#include "tests/bench/fleet/scenarios.h"

namespace {

using namespace muster::fleet;

void print(const Scenario& scenario, const std::string& strategy, const Figures& figures, bool last) {
  std::vector<std::string> loads;
  for (const auto& beacon : figures.loads) loads.push_back(fmt::format("[{:.3f}]", fmt::join(beacon, ",")));
  fmt::print(R"({{"scenario": "{}", "strategy": "{}", "devices": {}, "transfers": {}, "load_max_to_mean": {:.3f}, )"
             R"("p50_ms": {:.2f}, "p99_ms": {:.2f}, "oracle_p50_ms": {:.2f}, "oracle_p99_ms": {:.2f}, )"
             R"("extra_connections": {:.4f}, "cold_connections": {:.2f}, "delivered": {:.5f}, "at_first": {:.5f}, )"
             R"("loads": [{}]}}{})"
             "\n",
             scenario.name, strategy, scenario.devices, figures.transfers, figures.load_max_to_mean, figures.p50_ms,
             figures.p99_ms, figures.oracle_p50_ms, figures.oracle_p99_ms, figures.extra_connections,
             figures.cold_connections, figures.delivered, figures.at_first, fmt::join(loads, ","), last ? "" : ",");
}

}  // namespace

int main(int count, char** words) {
  const std::size_t devices = count > 1 ? std::strtoul(words[1], nullptr, 10) : 0;
  std::vector<std::string> strategies(words + std::min(count, 2), words + count);
  if (strategies.empty()) strategies = {"muster", "random", "fastest", "mgsping", "two-choices"};
  if (devices < 100) {
    fmt::print(stderr, "usage: muster_fleet DEVICES [STRATEGY...]; 100 devices or more\n");
    return 2;
  }
  const std::vector<Scenario> scenarios{a_day(devices), two_months(devices / 10), one_of_eleven(devices / 10, false),
                                        one_of_eleven(devices / 10, true)};
  fmt::print("[\n");
  for (const Scenario& scenario : scenarios) {
    for (const std::string& strategy : strategies) {
      const bool last = &scenario == &scenarios.back() && &strategy == &strategies.back();
      print(scenario, strategy, simulate(scenario, strategy), last);
    }
  }
  fmt::print("]\n");
}
