#include "agent/delivery/job_runner.h"

#include <algorithm>
#include <utility>

#include "platform/base/timer_set.h"

namespace muster::delivery {

JobRunner::JobRunner(const beacon::Locations& locations, const transfer::TransferOptions& options,
                     beacon::Selector& selector)
    : locations_(locations), options_(options), selector_(selector) {}

void JobRunner::start(Job& job, Port port, SteadyTime now) {
  last_port_ = port;
  running_.push_back({&job, std::move(port)});
  job.start(now);
  if (!job.settled()) probe(now);
}

void JobRunner::end(const Job& job) {
  std::erase_if(running_, [&](const Running& one) { return one.job == &job; });
}

void JobRunner::probe(SteadyTime now) {
  if (probe_ && probe_->runs()) return;
  if (probe_port_ != last_port_) {
    probe_.reset();
    probe_port_ = last_port_;
    probe_.emplace(*probe_port_, locations_, options_, selector_);
  }
  probe_->consider(now);
}

// More than one only while the transfers of a former channel end.
std::vector<JobRunner::Port> JobRunner::known_ports() const {
  std::vector<Port> known;
  const auto add = [&](const Port& port) {
    if (port && std::find(known.begin(), known.end(), port) == known.end()) known.push_back(port);
  };
  add(last_port_);
  add(probe_port_);
  for (const Running& one : running_) add(one.port);
  return known;
}

void JobRunner::take_events(SteadyTime now) {
  for (const Port& port : known_ports()) {
    while (auto event = port->next(now)) dispatch(port, *event, now);
  }
}

// Exchanges that still end after their job have no owner any more.
void JobRunner::dispatch(const Port& port, transfer::Event& event, SteadyTime now) {
  if (probe_ && port == probe_port_ && probe_->on_event(event)) return;
  const auto owner = std::find_if(running_.begin(), running_.end(),
                                  [&](const Running& one) { return one.port == port && one.job->owns(event.id); });
  if (owner != running_.end()) owner->job->on_event(event, now);
}

void JobRunner::on_time(SteadyTime now) {
  for (const Running& one : running_) {
    const auto wakes = one.job->wakes_at();
    if (wakes && *wakes <= now) one.job->on_time(now);
  }
}

std::optional<SteadyTime> JobRunner::wakes_at() const {
  std::optional<SteadyTime> first;
  for (const Running& one : running_) first = earlier(first, one.job->wakes_at());
  return first;
}

void JobRunner::wait() {
  constexpr std::chrono::hours forever{24};
  if (auto event = last_port_->next(wakes_at().value_or(steady_now() + forever))) {
    dispatch(last_port_, *event, steady_now());
  } else {
    on_time(steady_now());
  }
}

void JobRunner::finish_probe() {
  if (probe_) probe_->finish(*probe_port_);
}

void JobRunner::rest() {
  probe_.reset();
  probe_port_.reset();
  last_port_.reset();
}

}  // namespace muster::delivery
