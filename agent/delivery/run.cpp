#include "agent/delivery/run.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/beacon/background_probe.h"
#include "platform/base/random.h"
#include "platform/log.h"

namespace muster::delivery {
namespace {

void run_once(transfer::PumpedPort& loop, Job& job, beacon::BackgroundProbe& look) {
  constexpr std::chrono::hours forever{24};
  job.start(steady_now());
  if (!job.settled()) look.consider(steady_now());
  while (!job.settled()) {
    const SteadyTime deadline = job.wakes_at().value_or(steady_now() + forever);
    if (auto event = loop.next(deadline)) {
      if (!look.on_event(*event)) job.on_event(*event, steady_now());
    } else {
      job.on_time(steady_now());
    }
  }
}

// What still ends meanwhile belongs to nobody any more.
void wait_until(transfer::PumpedPort& loop, SteadyTime end) {
  while (loop.next(end)) {}
}

}  // namespace

void run(transfer::PumpedPort& loop, Job& job, beacon::Selector& selector, const RetrySettings& retry) {
  beacon::BackgroundProbe look(loop, job.locations(), job.options(), selector);
  std::optional<SteadyTime> first_failure;
  for (unsigned number = 1;; ++number) {
    run_once(loop, job, look);
    if (job.beacon() != nullptr || !job.may_try_again() || job.verdict() != Verdict::again) return;
    const SteadyTime now = steady_now();
    if (!first_failure) first_failure = now;
    const auto elapsed = std::chrono::floor<milliseconds>(now - *first_failure);
    const auto wait = wait_before(retry, number, elapsed, uniform01());
    const seconds asked = job.asked_wait(wall_now());
    if (!wait || elapsed + asked > retry.longest) return;
    const milliseconds pause = wait_asked(*wait, asked, uniform01());
    log::info(
        fmt::format("no beacon could do it, asking again in {:.1f} s", static_cast<double>(pause.count()) / 1000));
    wait_until(loop, now + pause);
  }
}

}  // namespace muster::delivery
