// Locations, what is known of them, and the choice among them, for tests: each beacon is one word.
#pragma once

#include <string>
#include <vector>

#include "agent/beacon/choice.h"

namespace muster::testing {

inline const WallTime noon{std::chrono::hours(500'000)};

struct Scene {
  std::vector<beacon::Candidate> candidates;
  std::vector<beacon::Record> records;
  std::vector<bool> tried;
  beacon::SelectionRules rules;
  beacon::Direction direction = beacon::Direction::upload;
  std::uint64_t bytes = 20'000;
  WallTime now = noon;
  std::uint64_t epoch = 1;

  explicit Scene(std::size_t count, const std::string& algorithms = "Fastest") : candidates(count), records(count) {
    rules.chain = *beacon::parse_algorithms(algorithms);
    for (std::size_t i = 0; i < count; ++i) candidates[i].weight = 1000 - i;  // in the band the first is kept to
  }

  // Connect, handshake and answer of `ms` each.
  beacon::Record& measured(std::size_t location, double ms, WallTime when = noon) {
    beacon::Record& record = records[location];
    record.connect.add(ms * 1000, when);
    record.tls.add(ms * 1000, when);
    record.answer.add(ms * 1000, when);
    record.best_latency.add(3 * ms * 1000, when);
    record.heard = when;
    return record;
  }

  void penalised(std::size_t location, beacon::Fault fault, WallTime when = noon) {
    learn_failure(records[location], {fault, when - seconds(1), when, seconds(0), epoch}, 0.5);
  }

  beacon::Situation situation() const { return {candidates, records, rules, tried, direction, bytes, now, epoch}; }
  beacon::Choice choice() const { return choose(situation()); }

  std::vector<std::size_t> order() const {
    std::vector<std::size_t> locations;
    for (const beacon::Place& place : choice().places) locations.push_back(place.location);
    return locations;
  }
};

}  // namespace muster::testing
