// A progress bar on standard error, where that is a terminal; nothing anywhere else.
#pragma once

#include <functional>
#include <string>

#include "agent/transfer/loop.h"

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
  void show(const transfer::Progress& progress);

  std::string title_;
  bool shown_;
  bool drawn_ = false;
};

}  // namespace muster::cli
