#include "agent/beacon/race.h"

#include <utility>

namespace muster::beacon {

Race::Race(transfer::Port& port, std::vector<Runner> runners, std::optional<milliseconds> head_start)
    : port_(port),
      runners_(std::move(runners)),
      head_start_(head_start),
      group_(port.new_group()),
      connect_(runners_.size()) {}

Race::~Race() {
  for (const auto& [id, runner] : probes_) port_.cancel(id);
  for (const auto& [id, runner] : contenders_) port_.cancel(id);
}

void Race::start(SteadyTime now) {
  if (head_start_ && runners_.size() > 1) {
    others_at_ = now + *head_start_;
    launch({0, {}}, now);
    return;
  }
  for (std::size_t runner = 0; runner < runners_.size() && runner < most_runners; ++runner) probe_or_queue(runner);
  advance(now);
}

void Race::start_others() {
  others_at_.reset();
  for (std::size_t runner = 1; runner < runners_.size() && runner < most_runners; ++runner) probe_or_queue(runner);
}

void Race::probe_or_queue(std::size_t runner) {
  if (runners_.size() == 1 || !runners_[runner].endpoint.proxy.empty()) {
    ready_.push_back({runner, {}});
    return;
  }
  transfer::Probe probe;
  probe.endpoint = runners_[runner].endpoint;
  probe.terms = runners_[runner].terms;
  probe.group = group_;
  probes_.emplace(port_.start(std::move(probe)), runner);
}

void Race::on_finished(transfer::ExchangeId id, transfer::Outcome outcome, SteadyTime now) {
  if (const auto probe = probes_.find(id); probe != probes_.end()) {
    const std::size_t runner = probe->second;
    probes_.erase(probe);
    if (outcome.socket) {
      connect_[runner] = outcome.timing.connect;
      ready_.push_back({runner, std::move(outcome.socket)});
    } else if (outcome.cause != transfer::Cause::lost_race) {
      results_.push_back({runners_[runner].location, std::move(outcome), false});
    }
  } else if (const auto contender = contenders_.find(id); contender != contenders_.end()) {
    const std::size_t runner = contender->second;
    contenders_.erase(contender);
    if (outcome.cause != transfer::Cause::lost_race) {
      if (connect_[runner].count() > 0) outcome.timing.connect = connect_[runner];
      results_.push_back({runners_[runner].location, std::move(outcome), winner_ == id});
    }
    if (contenders_.empty()) next_launch_ = now;  // nothing to wait for
  }
  advance(now);
}

void Race::on_passed(transfer::ExchangeId id) {
  if (winner_ || !contenders_.contains(id)) return;
  winner_ = id;
  others_at_.reset();
  ready_.clear();
}

void Race::on_time(SteadyTime now) { advance(now); }

void Race::advance(SteadyTime now) {
  if (winner_) return ready_.clear();
  if (others_at_ && (contenders_.empty() || now >= *others_at_)) start_others();
  while (!ready_.empty() && (contenders_.empty() || now >= next_launch_)) {
    Ready next = std::move(ready_.front());
    ready_.pop_front();
    launch(std::move(next), now);
  }
}

void Race::launch(Ready ready, SteadyTime now) {
  transfer::Request request = runners_[ready.runner].request();
  request.group = group_;
  request.socket = std::move(ready.socket);
  contenders_.emplace(port_.start(std::move(request)), ready.runner);
  next_launch_ = now + stagger;
}

bool Race::over() const {
  if (winner_) return !contenders_.contains(*winner_);
  return probes_.empty() && contenders_.empty() && ready_.empty() && !others_at_;
}

std::optional<SteadyTime> Race::wakes_at() const {
  if (winner_) return std::nullopt;
  if (others_at_) return others_at_;
  return ready_.empty() ? std::nullopt : std::optional(next_launch_);
}

}  // namespace muster::beacon
