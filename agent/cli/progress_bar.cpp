#include "agent/cli/progress_bar.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "agent/cli/print.h"
#include "platform/base/text.h"
#include "platform/base/utf8.h"
#include "platform/terminal.h"

namespace muster::cli {
namespace {

constexpr std::size_t bar_width = 8;

std::string bar(std::uint64_t done, std::uint64_t expected) {
  const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(expected));
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(bar_width));
  return fmt::format("[{}{}] {:3.0f} %", std::string(filled, '#'), std::string(bar_width - filled, '.'), part * 100);
}

// The end of a path tells more than its beginning, and the bar needs the room.
std::string shortened(const std::string& title) {
  constexpr std::size_t longest = 16;
  if (title.size() <= longest) return title;
  return "..." + title.substr(text::cut_after(title, title.size() - longest + 3));
}

std::string time_left(double left_s) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(left_s));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02} left", whole / 60, whole % 60);
}

}  // namespace

ProgressBar::ProgressBar(const std::string& title, bool shown)
    : title_(shortened(text::printable(title))),
      shown_(shown && platform::understands_escapes(platform::Stream::error)) {}

ProgressBar::~ProgressBar() {
  if (drawn_) platform::write(platform::Stream::error, "\r\x1b[K");
}

std::function<void(const transfer::Progress&)> ProgressBar::listener() {
  if (!shown_) return nullptr;
  return [this](const transfer::Progress& progress) { show(progress); };
}

// The mean since the first byte, and how long the rest takes at that rate.
std::string ProgressBar::speed(std::uint64_t done, std::uint64_t expected) {
  constexpr double min_time_s = 0.5;  // less says nothing
  const SteadyTime now = steady_now();
  if (!began_ || done < began_->done) began_ = Start{now, done};
  const std::chrono::duration<double> taken = now - began_->time;
  const std::uint64_t moved = done - began_->done;
  if (taken.count() < min_time_s || moved == 0) return {};

  const double rate = static_cast<double>(moved) / taken.count();
  std::string text = fmt::format(" {}/s", human_size(static_cast<std::uint64_t>(rate)));
  if (expected > done) text += " " + time_left(static_cast<double>(expected - done) / rate);
  return text;
}

void ProgressBar::show(const transfer::Progress& progress) {
  const std::uint64_t done = std::max(progress.sent, progress.received);
  std::string line = title_ + " " + human_size(done);
  if (progress.expected > 0) line += " of " + human_size(progress.expected) + " " + bar(done, progress.expected);
  line += speed(done, progress.expected);
  const std::size_t room = platform::terminal_columns(platform::Stream::error) - 1;
  if (line.size() > room) line.resize(text::cut_before(line, room));
  drawn_ = platform::write(platform::Stream::error, "\r" + line + "\x1b[K");
}

}  // namespace muster::cli
