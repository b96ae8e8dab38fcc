#include "agent/delivery/job.h"

#include <algorithm>
#include <utility>

#include "agent/delivery/retry_policy.h"

namespace muster::delivery {

Job::Job(transfer::Port& port, const beacon::Locations& locations, const transfer::Terms& terms,
         beacon::Standing* standing)
    : port_(port), locations_(locations), terms_(terms), standing_(standing) {}

Job::~Job() {
  if (question_) port_.cancel(question_->id);
}

void Job::start(SteadyTime now) {
  tried_.assign(locations_.size(), false);
  asked_again_.assign(locations_.size(), false);
  failures_.clear();
  settled_ = false;
  race(now);
}

// What is left to ask, the favourite first. Penalised ones only when there is nobody else.
std::vector<std::size_t> Job::candidates(SteadyTime now) const {
  std::vector<std::size_t> good;
  std::vector<std::size_t> penalised;
  for (std::size_t i = 0; i < locations_.size(); ++i) {
    if (tried_[i] || locations_[i].never) continue;
    (standing_ != nullptr && standing_->penalised(i, now) ? penalised : good).push_back(i);
  }
  if (good.empty()) return penalised;
  if (const auto favourite = standing_ != nullptr ? standing_->favourite(now) : std::nullopt) {
    const auto found = std::find(good.begin(), good.end(), *favourite);
    if (found != good.end()) std::rotate(good.begin(), found, found + 1);
  }
  return good;
}

beacon::Runner Job::runner_for(std::size_t location) {
  beacon::Runner runner;
  runner.location = location;
  runner.endpoint = beacon::endpoint_of(locations_[location]);
  runner.terms = terms_;
  runner.request = [this, location] {
    transfer::Request request = request_for(locations_[location]);
    request.endpoint = beacon::endpoint_of(locations_[location]);
    request.terms = terms_;
    request.progress = on_progress != nullptr;
    return request;
  };
  return runner;
}

void Job::race(SteadyTime now) {
  prepare();
  const std::vector<std::size_t> asked = candidates(now);
  if (asked.empty()) {
    settled_ = true;
    return;
  }
  std::vector<beacon::Runner> runners;
  runners.reserve(asked.size());
  for (const std::size_t location : asked) runners.push_back(runner_for(location));
  const bool favoured = standing_ != nullptr && standing_->favourite(now) == asked.front();
  race_ = std::make_unique<beacon::Race>(port_, std::move(runners),
                                         favoured ? std::optional(standing_->patience()) : std::nullopt);
  race_->start(now);
  take_results(now);
}

void Job::on_event(transfer::Event& event, SteadyTime now) {
  if (settled_ || !owns(event.id)) return;
  if (event.kind == transfer::Event::Kind::progress) {
    if (on_progress) on_progress(event.progress);
    return;
  }
  if (question_) {
    if (event.kind != transfer::Event::Kind::finished) return;
    Question asked = std::move(*question_);
    question_.reset();
    const Next next = judge_answer(locations_[asked.location], event.outcome);
    transfer::Outcome& telling = next == Next::done ? asked.outcome : event.outcome;
    decide(asked.location, std::move(telling), next, now);
    return finish_or_race(next, now);
  }
  if (event.kind == transfer::Event::Kind::passed) {
    race_->on_passed(event.id);
  } else {
    race_->on_finished(event.id, std::move(event.outcome), now);
  }
  take_results(now);
}

void Job::on_time(SteadyTime now) {
  if (settled_ || !race_) return;
  race_->on_time(now);
  take_results(now);
}

std::optional<SteadyTime> Job::wakes_at() const { return race_ ? race_->wakes_at() : std::nullopt; }

void Job::take_results(SteadyTime now) {
  if (!race_->over()) return;
  const auto race = std::move(race_);
  Next next = Next::elsewhere;
  for (beacon::RunnerResult& result : race->results()) {
    tried_[result.location] = true;
    next = result.won ? judge(result.outcome) : Next::elsewhere;
    if (next == Next::done && ask(result.location, result.outcome)) return;
    decide(result.location, std::move(result.outcome), next, now);
  }
  finish_or_race(next, now);
}

void Job::decide(std::size_t location, transfer::Outcome outcome, Next next, SteadyTime now) {
  if (next == Next::done) {
    beacon_ = location;
    if (standing_ != nullptr) standing_->succeeded(location, outcome.timing.connect);
    outcome_ = std::move(outcome);
  } else if (next == Next::again && !asked_again_[location]) {
    asked_again_[location] = true;
    tried_[location] = false;
  } else {
    const Verdict verdict = verdict_of(outcome);
    const bool beacon_at_fault = verdict != Verdict::set_aside && verdict != Verdict::local;
    if (standing_ != nullptr && beacon_at_fault) standing_->failed(location, penalty_for(outcome, wall_now()), now);
    failures_.push_back({location, std::move(outcome)});
  }
}

bool Job::ask(std::size_t location, transfer::Outcome& outcome) {
  auto request = question(locations_[location]);
  if (!request) return false;
  request->endpoint = beacon::endpoint_of(locations_[location]);
  request->terms = terms_;
  question_ = Question{port_.start(std::move(*request)), location, std::move(outcome)};
  return true;
}

void Job::finish_or_race(Next next, SteadyTime now) {
  stopped_ = next == Next::stop;
  settled_ = stopped_ || next == Next::done;
  if (!settled_) race(now);
}

}  // namespace muster::delivery
