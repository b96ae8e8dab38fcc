#include "agent/delivery/job.h"

#include <utility>

namespace muster::delivery {
namespace {

constexpr unsigned most_repetitions = 2;  // at one beacon, each for a reason of its own

}  // namespace

Job::Job(transfer::Port& port, const beacon::Locations& locations, const transfer::TransferOptions& options,
         beacon::Selector& selector)
    : port_(port), locations_(locations), options_(options), selector_(selector) {}

Job::~Job() {
  if (question_ && !question_->due) port_.cancel(question_->id);
}

void Job::start(SteadyTime now) {
  attempts_.tried.assign(locations_.size(), false);
  attempts_.repeated.assign(locations_.size(), 0);
  failures_.clear();
  held_.reset();
  settled_ = false;
  race_began_.reset();

  for (std::size_t i = 0; i < locations_.size(); ++i) {
    auto outcome = excluded(locations_[i]);
    if (!outcome) continue;
    attempts_.tried[i] = true;
    failures_.push_back({i, std::move(*outcome)});
  }
  race(now);
}

beacon::Runner Job::runner_for(const beacon::Place& place) {
  const std::size_t location = place.location;
  beacon::Runner runner;
  runner.starts_after = place.starts_after;
  runner.patience = place.patience;
  runner.location = location;
  runner.endpoint = beacon::endpoint_of(locations_[location]);
  runner.options = selector_.options_at(location, options_, wall_now());

  runner.request = [this, location] {
    transfer::Request request = request_for(locations_[location]);
    request.endpoint = beacon::endpoint_of(locations_[location]);
    request.options = selector_.options_at(location, options_, wall_now());
    request.progress = on_progress != nullptr;
    return request;
  };

  return runner;
}

void Job::race(SteadyTime now) {
  prepare();
  const beacon::Choice choice = selector_.choose(bytes_to_move(), attempts_.tried, wall_now());
  if (choice.places.empty()) {
    settled_ = true;
    if (!race_began_ && !choice.deferred.empty()) {
      held_ = Held{choice.deferred.front(), *selector_.record(choice.deferred.front()).retry_after};
    }
    return;
  }

  std::vector<beacon::Runner> runners;
  runners.reserve(choice.places.size());
  for (const beacon::Place& place : choice.places) runners.push_back(runner_for(place));

  race_began_ = wall_now();
  race_ = std::make_unique<beacon::Race>(port_, std::move(runners));
  race_->start(now);
  take_results(now);
}

void Job::on_event(transfer::Event& event, SteadyTime now) {
  if (settled_ || !owns(event.id)) return;

  if (event.kind == transfer::Event::Kind::progress) {
    const auto location = race_ ? race_->location_of(event.id) : std::nullopt;
    if (on_progress && location) on_progress(event.progress, locations_[*location]);
    return;
  }
  if (question_) {
    if (event.kind != transfer::Event::Kind::finished) return;
    return take_answer(event.outcome, now);
  }

  if (event.kind == transfer::Event::Kind::passed) {
    race_->on_passed(event.id, now);
  } else {
    race_->on_finished(event.id, std::move(event.outcome), now);
  }
  take_results(now);
}

void Job::take_answer(transfer::Outcome& answer, SteadyTime now) {
  constexpr seconds before_the_next{1};
  Question asked = std::move(*question_);
  question_.reset();

  const Next next = judge_answer(locations_[asked.location], answer);
  if (next == Next::ask_again) {
    asked.id = 0;
    asked.due = now + before_the_next;
    question_ = std::move(asked);
    return;
  }

  transfer::Outcome& telling = next == Next::done ? asked.outcome : answer;
  decide(asked.location, std::move(telling), next);
  finish_or_race(next, now);
}

void Job::ask_again_if_due(SteadyTime now) {
  if (!question_ || !question_->due || now < *question_->due) return;
  Question asked = std::move(*question_);
  question_.reset();
  if (ask(asked.location, asked.outcome)) return;

  // Another transfer has found out meanwhile.
  decide(asked.location, std::move(asked.outcome), Next::done);
  finish_or_race(Next::done, now);
}

seconds Job::asked_wait(WallTime now) const {
  const auto until = selector_.deferred_until(now);
  return until ? std::chrono::ceil<seconds>(*until - now) : seconds::zero();
}

void Job::on_time(SteadyTime now) {
  if (settled_) return;
  ask_again_if_due(now);
  if (!race_) return;
  race_->on_time(now);
  take_results(now);
}

std::optional<SteadyTime> Job::wakes_at() const {
  if (question_ && question_->due) return question_->due;
  return race_ ? race_->wakes_at() : std::nullopt;
}

void Job::take_results(SteadyTime now) {
  if (!race_->over()) return;
  const auto race = std::move(race_);
  learn_sightings(*race, now);
  Next next = Next::elsewhere;
  for (beacon::RunnerResult& result : race->results()) {
    attempts_.tried[result.location] = true;
    next = result.won ? judge(locations_[result.location], result.outcome) : Next::elsewhere;
    if (next == Next::done && ask(result.location, result.outcome)) return;
    decide(result.location, std::move(result.outcome), next);
  }
  finish_or_race(next, now);
}

void Job::learn_sightings(const beacon::Race& race, SteadyTime now) {
  for (const beacon::Sighting& seen : race.sightings(now)) {
    selector_.connected(seen.location, seen.timing, seen.address, wall_now());
    if (seen.late) selector_.was_late(seen.location, *race_began_, wall_now());
  }
}

void Job::decide(std::size_t location, transfer::Outcome outcome, Next next) {
  if (next == Next::done) return succeed(location, std::move(outcome));
  if (next == Next::again && attempts_.repeated[location] < most_repetitions) {
    ++attempts_.repeated[location];
    attempts_.tried[location] = false;
    return;
  }

  if (may_be_about_the_resource(outcome)) {
    selector_.answered(location, outcome, wall_now());
  } else {
    learn_failure(location, outcome);
  }
  failures_.push_back({location, std::move(outcome)});
}

// What may have been about the resource was about the beacon: another one has it.
void Job::succeed(std::size_t location, transfer::Outcome outcome) {
  beacon_ = location;
  selector_.succeeded(location, outcome, wall_now());
  outcome_ = std::move(outcome);
  for (const Failure& failure : failures_) {
    if (may_be_about_the_resource(failure.outcome)) learn_failure(failure.location, failure.outcome);
  }
}

void Job::learn_failure(std::size_t location, const transfer::Outcome& outcome) {
  const Verdict verdict = verdict_of(outcome);
  if (verdict == Verdict::set_aside || verdict == Verdict::local) return;
  selector_.failed(location, outcome, *race_began_, wall_now());
}

bool Job::ask(std::size_t location, transfer::Outcome& outcome) {
  auto request = question(locations_[location]);
  if (!request) return false;
  request->endpoint = beacon::endpoint_of(locations_[location]);
  request->options = selector_.options_at(location, options_, wall_now());
  question_ = Question{port_.start(std::move(*request)), location, std::move(outcome), std::nullopt};
  return true;
}

void Job::finish_or_race(Next next, SteadyTime now) {
  stopped_ = next == Next::stop;
  settled_ = stopped_ || next == Next::done;
  if (!settled_) race(now);
}

}  // namespace muster::delivery
