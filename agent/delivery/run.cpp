#include "agent/delivery/run.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "agent/beacon/background_probe.h"
#include "platform/base/random.h"
#include "platform/log.h"
#include "platform/network_watch.h"
#include "platform/wait.h"

namespace muster::delivery {
namespace {

void run_once(transfer::PumpedPort& loop, Job& job, beacon::BackgroundProbe& probe) {
  constexpr std::chrono::hours forever{24};
  job.start(steady_now());
  if (!job.settled()) probe.consider(steady_now());

  while (!job.settled()) {
    const SteadyTime deadline = job.wakes_at().value_or(steady_now() + forever);
    if (auto event = loop.next(deadline)) {
      const bool of_probe = probe.on_event(*event);
      if (!of_probe) job.on_event(*event, steady_now());
    } else {
      job.on_time(steady_now());
    }
  }
}

// Exchanges that still end meanwhile have no owner any more.
void drop_events(transfer::PumpedPort& loop) {
  while (loop.next(steady_now())) {}
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
  beacon::BackgroundProbe probe(loop, job.locations(), job.options(), selector);
  std::optional<platform::NetworkWatch> network;
  std::optional<SteadyTime> first_failure;
  for (unsigned number = 1;; ++number) {
    run_once(loop, job, probe);
    const SteadyTime now = steady_now();
    if (job.beacon() != nullptr) probe.finish(loop);
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
    drop_events(loop);
  }
}

}  // namespace muster::delivery
