// A progress bar on standard error, where that is a terminal which understands escapes; nothing anywhere else.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "agent/beacon/location.h"
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

  bool shown() const { return shown_; }

  // To be given to a job; empty when nothing is shown, so that nothing is reported either.
  std::function<void(const transfer::Progress&, const beacon::Location&)> listener();

  // Of many files: how many are done, and the bytes of these.
  void show_files(std::uint64_t done, std::uint64_t all, std::uint64_t bytes, const beacon::Location& location);

  // Before something else is written to the terminal.
  void clear();

 private:
  struct Start {
    SteadyTime time;
    std::uint64_t done = 0;  // bytes: at another beacon it may start again, after a resume later
  };

  void show(const transfer::Progress& progress, const beacon::Location& location);
  std::optional<double> bytes_per_s(std::uint64_t done);
  void draw(const std::string& line, const beacon::Location& location);

  std::string title_;
  bool shown_;
  bool drawn_ = false;
  SteadyTime last_drawn_{};
  std::optional<Start> began_;
};

}  // namespace muster::cli
