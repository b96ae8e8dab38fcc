// A progress bar on standard error, where that is a terminal which understands escapes; nothing anywhere else.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "agent/transfer/loop.h"
#include "platform/base/clock.h"

namespace muster::cli {

class ProgressBar {
 public:
  // `shown` off: silent whatever the terminal.
  ProgressBar(const std::string& title, bool shown);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();  // clears its line

  // To be given to a job; empty when nothing is shown, so that nothing is reported either.
  std::function<void(const transfer::Progress&)> listener();

 private:
  struct Start {
    SteadyTime time;
    std::uint64_t done = 0;  // bytes: at another beacon it may start again, after a resume later
  };

  void show(const transfer::Progress& progress);
  std::string speed(std::uint64_t done, std::uint64_t expected);

  std::string title_;
  bool shown_;
  bool drawn_ = false;
  std::optional<Start> began_;
};

}  // namespace muster::cli
