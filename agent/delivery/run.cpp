#include "agent/delivery/run.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "agent/delivery/job_runner.h"
#include "platform/base/random.h"
#include "platform/log.h"
#include "platform/network_watch.h"
#include "platform/wait.h"

namespace muster::delivery {
namespace {

void run_once(JobRunner& runner, transfer::PumpedPort& loop, Job& job) {
  runner.start(job, JobRunner::Port(JobRunner::Port(), &loop), steady_now());
  while (!job.settled()) runner.wait();
  runner.end(job);
}

// Until then, or until shortly after a change of the network: its addresses and routes come one by one.
void wait_until(SteadyTime end, platform::NetworkWatch& network) {
  constexpr milliseconds settling{500};
  const std::array handles{&network.handle()};
  while (steady_now() < end) {
    platform::wait_any(handles, end);
    if (network.take_changes()) end = std::min(end, steady_now() + settling);
  }
}

}  // namespace

SteadyTime run(transfer::PumpedPort& loop, Job& job, beacon::Selector& selector, const RetrySettings& retry) {
  JobRunner runner(job.locations(), job.options(), selector);
  std::optional<platform::NetworkWatch> network;
  std::optional<SteadyTime> first_failure;
  for (unsigned number = 1;; ++number) {
    run_once(runner, loop, job);
    const SteadyTime now = steady_now();
    if (job.beacon() != nullptr) runner.finish_probe();
    if (job.beacon() != nullptr || !job.may_try_again() || job.verdict() != Verdict::again) return now;

    if (!first_failure) first_failure = now;
    if (!network) network.emplace();
    const auto elapsed = std::chrono::floor<milliseconds>(now - *first_failure);
    const auto wait = wait_before(retry, number, elapsed, uniform01());
    const seconds asked = job.asked_wait(wall_now());
    if (!wait || elapsed + asked > retry.longest) return now;

    const milliseconds pause = wait_asked(*wait, asked, uniform01());
    log::info(
        fmt::format("no beacon could do it, asking again in {:.1f} s", static_cast<double>(pause.count()) / 1000));
    wait_until(now + pause, *network);
    runner.take_events(steady_now());  // of exchanges that ended meanwhile
  }
}

}  // namespace muster::delivery
