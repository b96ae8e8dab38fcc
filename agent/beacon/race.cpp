#include "agent/beacon/race.h"

#include <algorithm>
#include <utility>

namespace muster::beacon {
namespace {

microseconds between(SteadyTime start, SteadyTime end) { return std::chrono::duration_cast<microseconds>(end - start); }

}  // namespace

Race::Race(transfer::Port& port, std::vector<Runner> runners)
    : port_(port), runners_(std::move(runners)), group_(port.new_group()) {
  if (runners_.size() > most_runners) runners_.erase(runners_.begin() + most_runners, runners_.end());
  seen_.resize(runners_.size());
}

Race::~Race() {
  for (const auto& [id, runner] : probes_) port_.cancel(id);
  for (const auto& [id, runner] : contenders_) port_.cancel(id);
}

void Race::start(SteadyTime now) {
  began_ = now;
  join(now);
  advance(now);
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
  if (early && joined_ == first + 1) return launch({first, {}}, now);
  for (std::size_t runner = first; runner < joined_; ++runner) probe_or_queue(runner, now);
}

void Race::probe_or_queue(std::size_t runner, SteadyTime now) {
  if (!runners_[runner].endpoint.proxy.empty()) {
    ready_.push_back({runner, {}});
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
    probe_finished(runner, std::move(outcome));
  } else if (const auto contender = contenders_.find(id); contender != contenders_.end()) {
    const std::size_t runner = contender->second;
    contenders_.erase(contender);
    contender_finished(id, runner, std::move(outcome), now);
  }
  advance(now);
}

void Race::probe_finished(std::size_t runner, transfer::Outcome outcome) {
  Seen& seen = seen_[runner];
  if (outcome.socket) {
    seen.timing.connect = outcome.timing.connect;
    seen.address = std::move(outcome.address);
    if (!winner_) ready_.push_back({runner, std::move(outcome.socket)});
  } else {
    seen.ended = true;
    results_.push_back({runners_[runner].location, std::move(outcome), false});
  }
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
  if (contenders_.empty()) next_launch_ = now;  // nothing to wait for
}

void Race::on_passed(transfer::ExchangeId id, SteadyTime now) {
  const auto passed = contenders_.find(id);
  if (winner_ || passed == contenders_.end()) return;
  winner_ = id;
  const Seen& winner = seen_[passed->second];
  winner_took_ = winner.timing.connect + between(*winner.launched, now);
  for (const auto& [other, runner] : contenders_) {
    if (other != id) seen_[runner].lost = between(*seen_[runner].launched, now);
  }
  ready_.clear();
}

void Race::on_time(SteadyTime now) { advance(now); }

void Race::advance(SteadyTime now) {
  if (winner_) return ready_.clear();
  join(now);
  while (!ready_.empty() && contenders_.size() < most_contenders && (contenders_.empty() || now >= next_launch_)) {
    Ready next = std::move(ready_.front());
    ready_.pop_front();
    launch(std::move(next), now);
  }
}

void Race::launch(Ready ready, SteadyTime now) {
  transfer::Request request = runners_[ready.runner].request();
  request.group = group_;
  request.socket = std::move(ready.socket);
  if (contenders_.empty()) stagger_ = first_stagger;
  seen_[ready.runner].launched = now;
  contenders_.emplace(port_.start(std::move(request)), ready.runner);
  next_launch_ = now + stagger_;
  stagger_ *= 2;
}

bool Race::over() const {
  if (winner_) return !contenders_.contains(*winner_);
  return nothing_runs() && joined_ == runners_.size();
}

std::optional<SteadyTime> Race::wakes_at() const {
  if (winner_) return std::nullopt;
  std::optional<SteadyTime> earliest;
  if (!ready_.empty() && contenders_.size() < most_contenders) earliest = next_launch_;
  if (joined_ < runners_.size()) {
    const SteadyTime due = began_ + runners_[joined_].starts_after;
    if (!earliest || due < *earliest) earliest = due;
  }
  return earliest;
}

std::vector<Sighting> Race::sightings(SteadyTime now) const {
  std::vector<Sighting> all;
  for (std::size_t runner = 0; runner < joined_; ++runner) {
    const Seen& seen = seen_[runner];
    if (seen.ended) continue;
    Sighting sighting;
    sighting.location = runners_[runner].location;
    sighting.timing = seen.timing;
    sighting.address = seen.address;
    sighting.winner = winner_took_;
    if (seen.lost.count() > 0) {
      sighting.spent = seen.timing.connect + seen.lost;
    } else if (seen.probed && seen.timing.connect.count() == 0) {
      sighting.spent = between(*seen.probed, now);
    }
    all.push_back(std::move(sighting));
  }
  return all;
}

}  // namespace muster::beacon
