#include "tests/unit/beacon/simulated_network.h"

#include <algorithm>
#include <cmath>

namespace muster::testing {
namespace {

using transfer::Cause;
using transfer::Event;

constexpr double network_timeout_ms = 30'000;
constexpr int no_descriptor = 1 << 29;  // the race only passes it on

microseconds in_us(double ms) { return microseconds(std::lround(ms * 1000)); }

}  // namespace

unsigned SimulatedNetwork::connections() const {
  unsigned count = 0;
  for (const SimulatedBeacon& beacon : beacons_) count += beacon.connections;
  return count;
}

SteadyTime SimulatedNetwork::steady() const { return SteadyTime(microseconds(std::llround(now_ * 1e6))); }

WallTime SimulatedNetwork::wall() const {
  return WallTime(std::chrono::hours(480'000)) + microseconds(std::llround(now_ * 1e6));
}

void SimulatedNetwork::happen(double ms, Event event) { events_.emplace(now_ + ms / 1000, std::move(event)); }

SimulatedNetwork::Way SimulatedNetwork::connect(std::size_t number, bool with_tls, bool has_socket) {
  using State = SimulatedBeacon::State;
  SimulatedBeacon& beacon = beacons_[number];
  if (!has_socket) ++beacon.connections;

  Way way;
  way.silent = beacon.state == State::silent || (beacon.state == State::frozen && with_tls);
  if (beacon.state == State::silent) return way;
  way.connected_ms = has_socket ? 0 : beacon.round_trip_ms;
  way.ready_ms = way.connected_ms;
  if (with_tls) {
    ++beacon.handshakes;
    way.ready_ms += beacon.round_trip_ms + beacon.handshake_ms;
  }
  return way;
}

transfer::ExchangeId SimulatedNetwork::start(transfer::Probe probe) {
  const std::size_t number = std::stoul(probe.endpoint.host);
  const bool with_tls = probe.depth == transfer::Probe::Depth::tls;
  const Way way = connect(number, with_tls, false);

  Event event;
  event.id = ++last_;
  double ends_ms = way.ready_ms;
  if (way.silent || beacons_[number].state == SimulatedBeacon::State::refuses) {
    event.outcome.cause = Cause::connect;
    if (way.silent) ends_ms = network_timeout_ms;
  } else {
    event.outcome.cause = Cause::answered;
    event.outcome.timing.connect = in_us(way.connected_ms);
    event.outcome.timing.tls = in_us(way.ready_ms - way.connected_ms);
    event.outcome.socket = platform::UniqueFd(no_descriptor);
  }
  if (gap_ms > 0 && !with_tls) {
    const double all_left = gap_ms * static_cast<double>(beacons_.size());
    ends_ms = std::max(all_left, ends_ms + gap_ms * static_cast<double>(probe_order[number]));
  }
  happen(ends_ms, std::move(event));
  return last_;
}

transfer::ExchangeId SimulatedNetwork::start(transfer::Request request) {
  const std::size_t number = std::stoul(request.endpoint.host);
  const SimulatedBeacon& beacon = beacons_[number];
  const bool has_socket = static_cast<bool>(request.socket);
  if (has_socket) static_cast<void>(request.socket.release());
  const Way way = connect(number, request.endpoint.tls, has_socket);

  Event finished;
  finished.id = ++last_;
  if (way.silent || beacon.state == SimulatedBeacon::State::refuses) {
    finished.outcome.cause = Cause::connect;
    happen(way.silent ? network_timeout_ms : way.connected_ms, std::move(finished));
    contenders_[last_] = request.group;
    return last_;
  }

  Event passed;
  passed.id = last_;
  passed.kind = Event::Kind::passed;
  happen(way.ready_ms, std::move(passed));
  contenders_[last_] = request.group;

  const bool is_get = request.method == transfer::Method::get;
  const double bytes = static_cast<double>(is_get ? request.limits.largest_reply : request.body.size);
  const double first_byte_ms = way.ready_ms + beacon.round_trip_ms + beacon.answer_ms;
  const double body_ms = bytes * 8 / beacon.mbit / 1000;
  transfer::Outcome& outcome = finished.outcome;
  outcome.cause = Cause::answered;
  outcome.reply.status = beacon.status;
  outcome.new_connection = true;
  outcome.timing.connect = in_us(way.connected_ms);
  outcome.timing.tls = in_us(way.ready_ms - way.connected_ms);
  outcome.timing.first_byte = in_us(first_byte_ms + (is_get ? 0 : body_ms));
  outcome.timing.total = in_us(first_byte_ms + body_ms);
  outcome.sent = request.body.size;
  outcome.received = is_get ? static_cast<std::uint64_t>(bytes) : 0;
  happen(first_byte_ms + body_ms, std::move(finished));
  return last_;
}

void SimulatedNetwork::cancel(transfer::ExchangeId id) {
  std::erase_if(events_, [&](const auto& event) { return event.second.id == id; });
  contenders_.erase(id);
}

// The others of the race end before a byte of their request is sent.
void SimulatedNetwork::end_losers(const Event& passed) {
  const auto winner = contenders_.find(passed.id);
  if (winner == contenders_.end()) return;
  const transfer::Group group = winner->second;
  std::vector<transfer::ExchangeId> losers;
  for (const auto& [id, its_group] : contenders_) {
    if (id != passed.id && group != 0 && its_group == group) losers.push_back(id);
  }
  contenders_.erase(winner);
  for (const transfer::ExchangeId loser : losers) {
    cancel(loser);
    Event lost;
    lost.id = loser;
    lost.outcome.cause = Cause::lost_race;
    events_.emplace(now_, std::move(lost));
  }
}

std::optional<Event> SimulatedNetwork::next(double deadline) {
  if (events_.empty() || events_.begin()->first > deadline) {
    now_ = std::max(now_, deadline);
    return std::nullopt;
  }
  auto first = events_.extract(events_.begin());
  now_ = std::max(now_, first.key());
  Event event = std::move(first.mapped());
  if (event.kind == Event::Kind::passed) {
    end_losers(event);
  } else {
    contenders_.erase(event.id);
  }
  return event;
}

}  // namespace muster::testing
