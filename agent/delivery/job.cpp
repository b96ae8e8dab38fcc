#include "agent/delivery/job.h"

#include <utility>

namespace muster::delivery {

Job::Job(transfer::Port& port, const beacon::Locations& locations, const transfer::Terms& terms)
    : port_(port), locations_(locations), terms_(terms), tried_(locations.size()), asked_again_(locations.size()) {}

void Job::start(SteadyTime now) { race(now); }

void Job::race(SteadyTime now) {
  prepare();
  std::vector<beacon::Runner> runners;
  for (std::size_t i = 0; i < locations_.size(); ++i) {
    if (tried_[i] || locations_[i].never) continue;
    beacon::Runner runner;
    runner.location = i;
    runner.endpoint = beacon::endpoint_of(locations_[i]);
    runner.terms = terms_;
    runner.request = [this, i] {
      transfer::Request request = request_for(locations_[i]);
      request.endpoint = beacon::endpoint_of(locations_[i]);
      request.terms = terms_;
      request.progress = on_progress != nullptr;
      return request;
    };
    runners.push_back(std::move(runner));
  }
  if (runners.empty()) {
    settled_ = true;
    return;
  }
  race_ = std::make_unique<beacon::Race>(port_, std::move(runners));
  race_->start(now);
  take_results(now);
}

void Job::on_event(transfer::Event& event, SteadyTime now) {
  if (settled_ || !race_ || !race_->runs(event.id)) return;
  switch (event.kind) {
    case transfer::Event::Kind::progress:
      if (on_progress) on_progress(event.progress);
      return;
    case transfer::Event::Kind::passed: race_->on_passed(event.id); break;
    case transfer::Event::Kind::finished: race_->on_finished(event.id, std::move(event.outcome), now); break;
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
  Next next = Next::elsewhere;
  for (beacon::RunnerResult& result : race_->results()) {
    tried_[result.location] = true;
    next = result.won ? judge(result.outcome) : Next::elsewhere;
    if (next == Next::done) {
      beacon_ = result.location;
      outcome_ = std::move(result.outcome);
    } else if (next == Next::again && !asked_again_[result.location]) {
      asked_again_[result.location] = true;
      tried_[result.location] = false;
    } else {
      failures_.push_back({result.location, std::move(result.outcome)});
    }
  }
  race_.reset();
  settled_ = next == Next::done || next == Next::stop;
  if (!settled_) race(now);
}

void run(transfer::Loop& loop, Job& job) {
  constexpr std::chrono::hours forever{24};
  job.start(steady_now());
  while (!job.settled()) {
    const SteadyTime deadline = job.wakes_at().value_or(steady_now() + forever);
    if (auto event = loop.next(deadline)) {
      job.on_event(*event, steady_now());
    } else {
      job.on_time(steady_now());
    }
  }
}

}  // namespace muster::delivery
