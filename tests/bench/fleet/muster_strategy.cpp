#include "tests/bench/fleet/muster_strategy.h"

#include <limits>
#include <string>

namespace muster::fleet {
namespace {

constexpr std::uint64_t bytes = 20'000;
constexpr double forever = std::numeric_limits<double>::infinity();

}  // namespace

MusterStrategy::MusterStrategy(std::size_t devices, World& world) : world_(world), known_(devices) {
  beacon::Device device;
  for (std::size_t i = 0; i < devices; ++i) {
    device.name = "device" + std::to_string(i);
    for (std::size_t number = 0; number < world.beacons().size(); ++number) {
      beacon::Location location;
      location.host = "beacon" + std::to_string(number);
      known_[i].candidates.push_back(candidate_of(location, device, {}, 0, rules_.lowest));
    }
    known_[i].records.resize(world.beacons().size());
  }
}

beacon::Situation MusterStrategy::situation(const Known& known, const std::vector<bool>& tried, double now) const {
  return {known.candidates, known.records, rules_, tried, beacon::Direction::upload, bytes, wall_at(now), 0};
}

void MusterStrategy::fail(beacon::Record& record, const transfer::Outcome& outcome, double began, double now) {
  if (const auto fault = beacon::fault_of(outcome)) {
    learn_failure(record, {*fault, wall_at(began), wall_at(now), seconds(0), 0}, world_.random());
  }
}

// Beside the transfer, which does not wait for it, so that here it is over at once. True: there was one.
bool MusterStrategy::probe(Known& known, double now, const std::vector<Path>& paths, double limit_ms) {
  const std::vector<bool> none;
  const auto usual = situation(known, none, now);
  const auto location = next_background_probe(usual, choose(usual), world_.random());
  if (!location) return false;

  SimulatedPort beside(world_, paths, now, limit_ms);
  transfer::Request request;
  request.method = transfer::Method::head;
  request.endpoint.host = std::to_string(*location);
  beside.start(std::move(request));
  auto event = beside.next(forever);
  while (event->kind != transfer::Event::Kind::finished) event = beside.next(forever);

  beacon::Record& record = known.records[*location];
  if (event->outcome.cause == transfer::Cause::answered) {
    learn_answer(record, event->outcome, wall_at(beside.now()));
  } else {
    fail(record, event->outcome, now, beside.now());
  }
  return true;
}

std::optional<beacon::RunnerResult> MusterStrategy::race(Known& known, const beacon::Choice& choice,
                                                         SimulatedPort& port, std::vector<bool>& tried) {
  std::vector<beacon::Runner> runners;
  for (const beacon::Place& place : choice.places) {
    beacon::Runner runner;
    runner.location = place.location;
    runner.endpoint.host = std::to_string(place.location);
    runner.starts_after = place.starts_after;
    runner.patience = place.patience;
    runner.request = [host = runner.endpoint.host] {
      transfer::Request request;
      request.endpoint.host = host;
      return request;
    };
    runners.push_back(std::move(runner));
  }
  beacon::Race race(port, std::move(runners));
  const double began = port.now();
  race.start(steady_at(began));
  while (!race.over()) {
    const auto wakes = race.wakes_at();
    const double deadline = wakes ? std::chrono::duration<double>(wakes->time_since_epoch()).count() : forever;
    auto event = port.next(deadline);
    if (!event) {
      race.on_time(steady_at(port.now()));
    } else if (event->kind == transfer::Event::Kind::passed) {
      race.on_passed(event->id, steady_at(port.now()));
    } else {
      race.on_finished(event->id, std::move(event->outcome), steady_at(port.now()));
    }
  }
  const WallTime now = wall_at(port.now());
  for (const beacon::Sighting& seen : race.sightings(steady_at(port.now()))) {
    beacon::Record& record = known.records[seen.location];
    learn_connection(record, seen.timing, "", now);
    if (seen.late) {
      learn_failure(record, {beacon::Fault::late, wall_at(began), now, seconds(0), 0}, world_.random());
    }
  }
  std::optional<beacon::RunnerResult> winner;
  for (beacon::RunnerResult& result : race.results()) {
    tried[result.location] = true;
    const bool good = result.won && result.outcome.cause == transfer::Cause::answered;
    if (good) {
      learn_transfer(known.records[result.location], result.outcome, bytes, now);
      winner = std::move(result);
    } else {
      fail(known.records[result.location], result.outcome, began, port.now());
    }
  }
  return winner;
}

Delivery MusterStrategy::deliver(std::size_t device, double now, const std::vector<Path>& paths, double limit_ms) {
  Known& known = known_[device];
  for (beacon::Record& record : known.records) {
    if (!record.kept(wall_at(now))) record = {};  // as History does
  }
  SimulatedPort port(world_, paths, now, limit_ms);
  std::vector<bool> tried(known.records.size(), false);
  Delivery delivery;
  if (probe(known, now, paths, limit_ms)) ++delivery.connections;
  while (!delivery.delivered) {
    const beacon::Choice choice = choose(situation(known, tried, port.now()));
    if (choice.places.empty()) break;
    ++delivery.attempts;
    if (const auto winner = race(known, choice, port, tried)) {
      delivery.delivered = true;
      delivery.beacon = winner->location;
    }
  }
  delivery.first_byte_ms = (port.now() - now) * 1000;
  delivery.connections += port.connections();
  return delivery;
}

}  // namespace muster::fleet
