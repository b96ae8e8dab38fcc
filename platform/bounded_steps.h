// Work on input that may be broken or hostile, in child processes of low priority and bounded time and memory.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/base/clock.h"

namespace muster::platform {

struct Step {
  std::string name;
  std::function<std::string()> work;  // runs in a child; its result is sent to the caller
};

struct StepLimits {
  milliseconds time{60'000};                    // wall time of one step: a busy machine leaves it little
  std::size_t memory = std::size_t{512} << 20;  // bytes of address space of a child
  std::size_t output = std::size_t{256} << 20;  // bytes of one result
};

struct StepResult {
  std::optional<std::string> output;
  std::string
      problem;  // where there is no output: "took longer than 20 s", "ended with signal 11 (Segmentation fault)"
};

// Runs the steps in their order, all in one child as long as nothing goes wrong. A step that crashes, hangs or takes
// too much memory costs its own result only: the next one runs in a new child. A child ends with its parent. To be
// called while the process has one thread, as a child inherits that one only. Blocks until the last step has ended.
std::vector<StepResult> run_bounded(std::span<const Step> steps, const StepLimits& limits);

}  // namespace muster::platform
