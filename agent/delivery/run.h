// Runs one job to its end on this thread.
#pragma once

#include "agent/delivery/job.h"
#include "agent/delivery/retry_policy.h"

namespace muster::delivery {

// Asks all beacons, and all of them again as `retry` allows while their failures may pass by themselves.
void run(transfer::Loop& loop, Job& job, const RetrySettings& retry);

}  // namespace muster::delivery
