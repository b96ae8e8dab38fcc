// Stands in for a loop in tests of races: writes down what was started; the test says what happens.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/beacon/race.h"

namespace muster::testing {

struct FakePort : transfer::Port {
  struct Started {
    transfer::ExchangeId id;
    std::string host;
    bool is_probe;
    bool had_socket;
  };
  std::vector<Started> started;
  std::vector<transfer::ExchangeId> cancelled;
  transfer::ExchangeId last = 0;

  transfer::ExchangeId start(transfer::Request request) override {
    started.push_back({++last, request.endpoint.host, false, static_cast<bool>(request.socket)});
    return last;
  }
  transfer::ExchangeId start(transfer::Probe probe) override {
    started.push_back({++last, probe.endpoint.host, true, false});
    return last;
  }
  void cancel(transfer::ExchangeId id) override { cancelled.push_back(id); }
  transfer::Group new_group() override { return 1; }

  std::vector<std::string> requested() const {
    std::vector<std::string> hosts;
    for (const auto& one : started) {
      if (!one.is_probe) hosts.push_back(one.host);
    }
    return hosts;
  }
  transfer::ExchangeId id_of(const std::string& host, bool probe) const {
    for (const auto& one : started) {
      if (one.host == host && one.is_probe == probe) return one.id;
    }
    FAIL("not started: " << host);
    return 0;
  }
};

inline std::vector<beacon::Runner> runners_of(const std::vector<std::string>& hosts) {
  std::vector<beacon::Runner> runners;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    beacon::Runner runner;
    runner.location = i;
    runner.endpoint.host = hosts[i];
    runner.request = [host = hosts[i]] {
      transfer::Request request;
      request.endpoint.host = host;
      return request;
    };
    runners.push_back(std::move(runner));
  }
  return runners;
}

inline transfer::Outcome connected(int micros = 100) {
  transfer::Outcome outcome;
  outcome.cause = transfer::Cause::answered;
  outcome.timing.connect = microseconds(micros);
  outcome.socket = platform::UniqueFd(::dup(0));
  return outcome;
}

inline transfer::Outcome failed(transfer::Cause cause) {
  transfer::Outcome outcome;
  outcome.cause = cause;
  return outcome;
}

}  // namespace muster::testing
