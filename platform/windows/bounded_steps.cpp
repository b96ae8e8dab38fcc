#include "platform/bounded_steps.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <new>
#include <thread>

namespace muster::platform {
namespace {

// Outlives the call where a step does not end in time.
struct Progress {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<StepResult> result;
};

StepResult result_of(const Step& step, const StepLimits& limits) {
  try {
    std::string output = step.work();
    if (output.size() > limits.output) {
      return {std::nullopt, "found more than the limit of " + std::to_string(limits.output)};
    }
    return {std::move(output), {}};
  } catch (const std::bad_alloc&) {
    return {std::nullopt, "needed more memory than there is"};
  }
}

}  // namespace

// There is no fork here: a step that hangs costs its thread, and one that crashes costs the process, which collects and
// does nothing else (`muster collect`).
std::vector<StepResult> run_bounded(std::span<const Step> steps, const StepLimits& limits) {
  std::vector<StepResult> results;

  for (const Step& step : steps) {
    const auto progress = std::make_shared<Progress>();
    std::thread worker([progress, step, limits] {
      StepResult result = result_of(step, limits);
      const std::lock_guard lock(progress->mutex);
      progress->result = std::move(result);
      progress->changed.notify_one();
    });

    std::unique_lock lock(progress->mutex);
    const bool ended = progress->changed.wait_for(lock, limits.time, [&] { return progress->result.has_value(); });
    lock.unlock();
    if (ended) {
      worker.join();
      results.push_back(std::move(*progress->result));
    } else {
      worker.detach();
      results.push_back({std::nullopt, "took longer than " + std::to_string(limits.time.count()) + " ms"});
    }
  }

  return results;
}

}  // namespace muster::platform
