#include "tests/unit/beacon/simulated_device.h"

#include <limits>

namespace muster::testing {
namespace {

constexpr double forever = std::numeric_limits<double>::infinity();

double in_seconds(SteadyTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

}  // namespace

SimulatedDevice::SimulatedDevice(SimulatedNetwork& network, std::string name, std::string algorithms,
                                 beacon::Direction direction)
    : network_(network), name_(std::move(name)), direction_(direction) {
  rules_.chain = *beacon::parse_algorithms(algorithms);
  for (std::size_t i = 0; i < network.beacons().size(); ++i) {
    beacon::Location location;
    location.id = std::to_string(i);
    location.host = std::to_string(i);
    location.directory = "RL";
    locations_.push_back(location);
  }
}

beacon::Selector SimulatedDevice::open() const {
  beacon::SelectorSettings settings;
  settings.rules = rules_;
  settings.device.name = name_;
  settings.network = "-";
  settings.state = state_.path();
  return beacon::Selector(locations_, direction_, settings, network_.wall());
}

beacon::Runner SimulatedDevice::runner_for(const beacon::Place& place, std::uint64_t bytes) const {
  beacon::Runner runner;
  runner.location = place.location;
  runner.endpoint.host = std::to_string(place.location);
  runner.starts_after = place.starts_after;
  runner.patience = place.patience;
  runner.request = [host = runner.endpoint.host, bytes, direction = direction_] {
    transfer::Request request;
    request.endpoint.host = host;
    if (direction == beacon::Direction::upload) {
      request.method = transfer::Method::put;
      request.body.size = bytes;
    } else {
      request.limits.largest_reply = bytes;
    }
    return request;
  };
  return runner;
}

std::optional<beacon::RunnerResult> SimulatedDevice::race(Process& process, const beacon::Choice& choice,
                                                          std::vector<bool>& tried, std::uint64_t bytes) {
  std::vector<beacon::Runner> runners;
  for (const beacon::Place& place : choice.places) runners.push_back(runner_for(place, bytes));
  beacon::Race race(network_, std::move(runners));
  const WallTime began = network_.wall();
  race.start(network_.steady());
  process.probe.consider(network_.steady(), network_.wall());

  while (!race.over()) {
    const auto wakes = race.wakes_at();
    auto event = network_.next(wakes ? in_seconds(*wakes) : forever);
    if (!event) {
      race.on_time(network_.steady());
    } else if (process.probe.on_event(*event, network_.wall())) {
      continue;
    } else if (event->kind == transfer::Event::Kind::passed) {
      race.on_passed(event->id, network_.steady());
    } else {
      race.on_finished(event->id, std::move(event->outcome), network_.steady());
    }
  }

  const WallTime now = network_.wall();
  for (const beacon::Sighting& seen : race.sightings(network_.steady())) {
    process.selector.connected(seen.location, seen.timing, seen.address, now);
    if (seen.late) process.selector.was_late(seen.location, began, now);
  }
  std::optional<beacon::RunnerResult> winner;
  for (beacon::RunnerResult& result : race.results()) {
    tried[result.location] = true;
    const int status = result.outcome.reply.status;
    if (result.won && result.outcome.cause == transfer::Cause::answered && status / 100 == 2) {
      process.selector.succeeded(result.location, result.outcome, now);
      winner = std::move(result);
    } else {
      process.selector.failed(result.location, result.outcome, began, now);
    }
  }
  return winner;
}

SimulatedTransfer SimulatedDevice::deliver(Process& process, std::uint64_t bytes) {
  const double began = network_.now();
  std::vector<bool> tried(locations_.size(), false);
  SimulatedTransfer transfer;
  while (!transfer.delivered) {
    const beacon::Choice choice = process.selector.choose(bytes, tried, network_.wall());
    if (choice.places.empty()) break;
    if (const auto winner = race(process, choice, tried, bytes)) {
      transfer.delivered = true;
      transfer.beacon = winner->location;
    }
  }
  transfer.seconds = network_.now() - began;
  return transfer;
}

std::vector<SimulatedTransfer> SimulatedDevice::burst(double seconds, std::size_t count, std::uint64_t bytes) {
  network_.sleep_until(seconds);
  Process process{open(), {network_, locations_, transfer::TransferOptions{}, process.selector}};
  std::vector<SimulatedTransfer> transfers;
  for (std::size_t i = 0; i < count; ++i) transfers.push_back(deliver(process, bytes));

  // As BackgroundProbe::finish() does it.
  while (process.probe.runs()) {
    const auto event = network_.next(in_seconds(process.probe.patience_ends()));
    if (!event) break;
    process.probe.on_event(*event, network_.wall());
  }
  process.probe.stop(network_.steady(), network_.wall());
  process.selector.keep(network_.wall());
  return transfers;
}

SimulatedTransfer SimulatedDevice::transfer(double seconds, std::uint64_t bytes) {
  return burst(seconds, 1, bytes).front();
}

}  // namespace muster::testing
