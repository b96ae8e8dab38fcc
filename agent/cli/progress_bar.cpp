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
  constexpr std::size_t longest = 12;
  if (title.size() <= longest) return title;
  return "..." + title.substr(text::cut_after(title, title.size() - longest + 3));
}

std::string time_left(double left_s) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(left_s));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02} left", whole / 60, whole % 60);
}

std::string in_words(double bytes_per_s) { return human_size(static_cast<std::uint64_t>(bytes_per_s)) + "/s"; }

}  // namespace

ProgressBar::ProgressBar(const std::string& title, bool shown)
    : title_(shortened(text::printable(title))),
      shown_(shown && platform::understands_escapes(platform::Stream::error)) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::clear() {
  if (drawn_) platform::write(platform::Stream::error, "\r\x1b[K");
  drawn_ = false;
}

std::function<void(const transfer::Progress&, const beacon::Location&)> ProgressBar::listener() {
  if (!shown_) return nullptr;
  return [this](const transfer::Progress& progress, const beacon::Location& location) { show(progress, location); };
}

// The mean since the first byte.
std::optional<double> ProgressBar::bytes_per_s(std::uint64_t done) {
  constexpr double min_time_s = 0.5;  // less says nothing
  const SteadyTime now = steady_now();
  if (!began_ || done < began_->done) began_ = Start{now, done};
  const std::chrono::duration<double> taken = now - began_->time;
  const std::uint64_t moved = done - began_->done;
  if (taken.count() < min_time_s || moved == 0) return std::nullopt;
  return static_cast<double>(moved) / taken.count();
}

void ProgressBar::show(const transfer::Progress& progress, const beacon::Location& location) {
  const std::uint64_t done = std::max(progress.sent, progress.received);
  std::string line = title_ + " ";
  line +=
      progress.expected == 0 ? human_size(done) : bar(done, progress.expected) + " of " + human_size(progress.expected);

  if (const auto rate = bytes_per_s(done)) {
    line += ", " + in_words(*rate);
    if (progress.expected > done) line += ", " + time_left(static_cast<double>(progress.expected - done) / *rate);
  }
  draw(line, location);
}

void ProgressBar::show_files(std::uint64_t done, std::uint64_t all, std::uint64_t bytes,
                             const beacon::Location& location) {
  constexpr milliseconds interval{100};
  const SteadyTime now = steady_now();
  if (!shown_ || all == 0 || now < last_drawn_ + interval) return;

  std::string line = fmt::format("{} {} of {}", title_, bar(done, all), all);
  if (const auto rate = bytes_per_s(bytes)) {
    const std::chrono::duration<double> taken = now - began_->time;
    line += ", " + in_words(*rate);
    if (all > done)
      line += ", " + time_left(static_cast<double>(all - done) * taken.count() / static_cast<double>(done));
  }
  draw(line, location);
}

void ProgressBar::draw(const std::string& line, const beacon::Location& location) {
  std::string text = fmt::format("{}, '{}'", line, text::printable(location.id));
  const std::size_t room = platform::terminal_columns(platform::Stream::error) - 1;
  if (text.size() > room) text.resize(text::cut_before(text, room));
  drawn_ = platform::write(platform::Stream::error, "\r" + text + "\x1b[K");
  last_drawn_ = steady_now();
}

}  // namespace muster::cli
