#include "agent/beacon/race.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "platform/base/timer_set.h"

namespace muster::beacon {
namespace {

microseconds between(SteadyTime start, SteadyTime end) { return std::chrono::duration_cast<microseconds>(end - start); }

}  // namespace

Race::Race(transfer::Port& port, std::vector<Runner> runners)
    : port_(port), runners_(std::move(runners)), group_(port.new_group()) {
  if (runners_.size() > max_runners) runners_.erase(runners_.begin() + max_runners, runners_.end());
  seen_.resize(runners_.size());
}

Race::~Race() {
  for (const auto& [id, runner] : probes_) port_.cancel(id);
  for (const auto& [id, runner] : contenders_) port_.cancel(id);
}

void Race::start(SteadyTime now) {
  began_ = now;
  on_time(now);
}

void Race::on_time(SteadyTime now) {
  if (winner_) return;
  join(now);

  for (auto due = launches_at(); due && *due <= now; due = launches_at()) {
    Ready nearest = std::move(ready_.front());
    ready_.erase(ready_.begin());
    launch(std::move(nearest), now);
  }
}

// All that are due; where nothing runs any more, the next ones before their time.
void Race::join(SteadyTime now) {
  if (joined_ == runners_.size()) return;
  const bool early = nothing_runs();
  const milliseconds due = early ? runners_[joined_].starts_after : milliseconds(0);
  const std::size_t first = joined_;
  while (joined_ < runners_.size() &&
         (now >= began_ + runners_[joined_].starts_after || (early && runners_[joined_].starts_after <= due))) {
    ++joined_;
  }

  // Alone it needs no probe, and may go over a connection that is open already.
  if (early && joined_ == first + 1) return launch({first, microseconds::max(), {}}, now);
  for (std::size_t runner = first; runner < joined_; ++runner) probe_or_queue(runner, now);
}

void Race::probe_or_queue(std::size_t runner, SteadyTime now) {
  if (!runners_[runner].endpoint.proxy.empty()) {
    ready_.push_back({runner, microseconds::zero(), {}});
    return;
  }
  transfer::Probe probe;
  probe.endpoint = runners_[runner].endpoint;
  probe.options = runners_[runner].options;
  seen_[runner].probed = now;
  probes_.emplace(port_.start(std::move(probe)), runner);
}

void Race::on_finished(transfer::ExchangeId id, transfer::Outcome outcome, SteadyTime now) {
  if (const auto probe = probes_.find(id); probe != probes_.end()) {
    const std::size_t runner = probe->second;
    probes_.erase(probe);
    probe_finished(runner, std::move(outcome), now);
  } else if (const auto contender = contenders_.find(id); contender != contenders_.end()) {
    const std::size_t runner = contender->second;
    contenders_.erase(contender);
    contender_finished(id, runner, std::move(outcome), now);
  }
  if (!winner_) join(now);
}

void Race::probe_finished(std::size_t runner, transfer::Outcome outcome, SteadyTime now) {
  Seen& seen = seen_[runner];
  if (!outcome.socket) {
    seen.ended = true;
    results_.push_back({runners_[runner].location, std::move(outcome), false});
    return;
  }

  const microseconds connect = outcome.timing.connect;
  seen.timing.connect = connect;
  seen.address = std::move(outcome.address);
  if (winner_) return;

  const bool is_first = contenders_.empty() && ready_.empty();
  const auto farther = std::find_if(ready_.begin(), ready_.end(), [&](const Ready& r) { return connect < r.connect; });
  ready_.insert(farther, {runner, connect, std::move(outcome.socket)});
  if (!contenders_.empty()) return;
  stagger_.became_ready(is_first, between(*seen.probed, now) - connect, ready_.front().connect, now);
}

void Race::contender_finished(transfer::ExchangeId id, std::size_t runner, transfer::Outcome outcome, SteadyTime now) {
  Seen& seen = seen_[runner];
  if (outcome.cause != transfer::Cause::lost_race) {
    // The connection was made by the probe: as if the exchange had begun with it.
    if (const microseconds connect = seen.timing.connect; connect.count() > 0) {
      const microseconds before = connect - std::min(connect, outcome.timing.connect);
      outcome.timing.connect = connect;
      if (outcome.timing.first_byte.count() > 0) outcome.timing.first_byte += before;
      outcome.timing.total += before;
    }
    seen.ended = true;
    results_.push_back({runners_[runner].location, std::move(outcome), winner_ == id});
  }
  if (contenders_.empty()) stagger_.none_contends(now);
}

void Race::on_passed(transfer::ExchangeId id, SteadyTime now) {
  if (winner_ || !contenders_.contains(id)) return;
  winner_ = id;
  won_at_ = now;
  ready_.clear();
}

void Race::launch(Ready ready, SteadyTime now) {
  transfer::Request request = runners_[ready.runner].request();
  request.group = group_;
  request.socket = std::move(ready.socket);

  stagger_.launched(contenders_.empty(), ready.connect, now);
  seen_[ready.runner].launched = now;
  contenders_.emplace(port_.start(std::move(request)), ready.runner);
}

SteadyTime Race::room_at() const {
  if (contenders_.size() < max_contenders) return SteadyTime{};
  std::vector<SteadyTime> launched;
  for (const auto& [id, runner] : contenders_) launched.push_back(*seen_[runner].launched);
  std::sort(launched.begin(), launched.end(), std::greater<>());
  return launched[max_contenders - 1] + frozen_after;
}

std::optional<SteadyTime> Race::launches_at() const {
  if (ready_.empty()) return std::nullopt;
  return std::max(room_at(), stagger_.next_launch(!contenders_.empty(), ready_.front().connect));
}

std::optional<std::size_t> Race::location_of(transfer::ExchangeId id) const {
  const auto found = contenders_.find(id);
  return found == contenders_.end() ? std::nullopt : std::optional(runners_[found->second].location);
}

bool Race::over() const {
  if (winner_) return !contenders_.contains(*winner_);
  return nothing_runs() && joined_ == runners_.size();
}

std::optional<SteadyTime> Race::wakes_at() const {
  if (winner_) return std::nullopt;
  if (joined_ == runners_.size()) return launches_at();
  return earlier(launches_at(), began_ + runners_[joined_].starts_after);
}

// Silent for longer than its patience: no answer to TCP until now, or no handshake until the winner had its own.
bool Race::is_late(std::size_t runner, SteadyTime now) const {
  const Seen& seen = seen_[runner];
  const milliseconds patience = runners_[runner].patience;
  if (seen.launched) return seen.timing.connect + between(*seen.launched, won_at_) >= patience;
  return seen.probed && seen.timing.connect.count() == 0 && now - *seen.probed >= patience;
}

std::vector<Sighting> Race::sightings(SteadyTime now) const {
  std::vector<Sighting> all;
  for (std::size_t runner = 0; winner_ && runner < joined_; ++runner) {
    const Seen& seen = seen_[runner];
    if (seen.ended) continue;
    all.push_back({runners_[runner].location, seen.timing, seen.address, is_late(runner, now)});
  }
  return all;
}

}  // namespace muster::beacon
