#include "tests/bench/fleet/simulated_port.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace muster::fleet {
namespace {

constexpr double connect_limit_ms = 10'000;
constexpr int no_descriptor = 1 << 29;  // the race only hands it on

microseconds in_us(double ms) { return microseconds(static_cast<long>(ms * 1000)); }

}  // namespace

SteadyTime steady_at(double seconds) { return SteadyTime(microseconds(std::lround(seconds * 1e6))); }

WallTime wall_at(double seconds) {
  return WallTime(std::chrono::hours(480'000)) + microseconds(std::lround(seconds * 1e6));
}

void SimulatedPort::happen(double ms, transfer::Event event) {
  happenings_.emplace(now_ + ms / 1000, std::move(event));
}

transfer::ExchangeId SimulatedPort::fail(std::size_t beacon) {
  transfer::Event event;
  event.id = ++last_;
  event.outcome.cause = transfer::Cause::connect;
  const bool refuses = world_.beacons()[beacon].state == SimulatedBeacon::State::refuses;
  happen(refuses ? paths_[beacon].connect_ms : connect_limit_ms, std::move(event));
  return last_;
}

transfer::ExchangeId SimulatedPort::start(transfer::Probe probe) {
  const std::size_t beacon = std::stoul(probe.endpoint.host);
  ++connections_;
  if (world_.beacons()[beacon].state != SimulatedBeacon::State::up) return fail(beacon);
  const Path& path = paths_[beacon];
  const bool handshake = probe.depth == transfer::Probe::Depth::tls;
  transfer::Event event;
  event.id = ++last_;
  event.outcome.cause = transfer::Cause::answered;
  event.outcome.timing.connect = in_us(path.connect_ms);
  if (handshake) event.outcome.timing.tls = in_us(path.handshake_ms);
  event.outcome.socket = platform::UniqueFd(no_descriptor);
  happen(path.connect_ms + (handshake ? path.handshake_ms : 0), std::move(event));
  return last_;
}

transfer::ExchangeId SimulatedPort::start(transfer::Request request) {
  const std::size_t beacon = std::stoul(request.endpoint.host);
  const bool connected = static_cast<bool>(request.socket);
  if (!connected) ++connections_;
  if (!connected && world_.beacons()[beacon].state != SimulatedBeacon::State::up) return fail(beacon);
  const Path& path = paths_[beacon];
  const double connect = connected ? 0 : path.connect_ms;
  const double ready = connect + path.handshake_ms;
  transfer::Event passed;
  passed.id = ++last_;
  passed.kind = transfer::Event::Kind::passed;
  happen(ready, std::move(passed));
  transfer::Event finished;
  finished.id = last_;
  const bool stalled = path.answer_ms > limit_ms_;
  finished.outcome.cause = stalled ? transfer::Cause::stalled : transfer::Cause::answered;
  finished.outcome.reply.status = 201;
  finished.outcome.new_connection = true;
  finished.outcome.timing.connect = in_us(connect);
  finished.outcome.timing.tls = in_us(path.handshake_ms);
  finished.outcome.timing.first_byte = in_us(ready + path.answer_ms);
  finished.outcome.timing.total = in_us(ready + path.answer_ms);
  finished.outcome.sent = 20'000;
  happen(ready + std::min(path.answer_ms, limit_ms_), std::move(finished));
  contenders_.push_back(last_);
  return last_;
}

void SimulatedPort::cancel(transfer::ExchangeId id) {
  std::erase_if(happenings_, [&](const auto& happening) { return happening.second.id == id; });
  std::erase(contenders_, id);
}

std::optional<transfer::Event> SimulatedPort::next(double deadline) {
  if (happenings_.empty() || happenings_.begin()->first > deadline) {
    now_ = std::max(now_, deadline);
    return std::nullopt;
  }
  auto first = happenings_.extract(happenings_.begin());
  now_ = std::max(now_, first.key());
  transfer::Event event = std::move(first.mapped());
  const bool contends = std::find(contenders_.begin(), contenders_.end(), event.id) != contenders_.end();
  if (event.kind == transfer::Event::Kind::passed && contends) {
    // The others of the race end, before a byte of their request is sent.
    const auto losers = std::exchange(contenders_, {});
    for (const transfer::ExchangeId loser : losers) {
      if (loser == event.id) continue;
      cancel(loser);
      transfer::Event lost;
      lost.id = loser;
      lost.outcome.cause = transfer::Cause::lost_race;
      happenings_.emplace(now_, std::move(lost));
    }
  }
  return event;
}

}  // namespace muster::fleet
