// Runs one job to its end on this thread.
#pragma once

#include "agent/delivery/job.h"
#include "agent/delivery/retry_policy.h"

namespace muster::delivery {

// Asks all beacons, and all of them again as `retry` allows while their failures may pass by themselves.
// What is known of other beacons is refreshed meanwhile. Returns when the job was settled.
SteadyTime run(transfer::PumpedPort& loop, Job& job, beacon::Selector& selector, const RetrySettings& retry);

}  // namespace muster::delivery
