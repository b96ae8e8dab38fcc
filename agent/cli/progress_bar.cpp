#include "agent/cli/progress_bar.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/cli/print.h"
#include "platform/base/text.h"
#include "platform/terminal.h"

namespace muster::cli {
namespace {

constexpr std::size_t bar_width = 20;

std::string bar(std::uint64_t done, std::uint64_t expected) {
  const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(expected));
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(bar_width));
  return fmt::format("[{}{}] {:3.0f} %", std::string(filled, '#'), std::string(bar_width - filled, '.'), part * 100);
}

// The end of a path tells more than its beginning, and the bar needs the room.
std::string shortened(const std::string& title) {
  constexpr std::size_t longest = 24;
  return title.size() <= longest ? title : "..." + title.substr(title.size() - longest + 3);
}

}  // namespace

ProgressBar::ProgressBar(const std::string& title, bool shown)
    : title_(shortened(text::printable(title))), shown_(shown && platform::is_terminal(platform::Stream::error)) {}

ProgressBar::~ProgressBar() {
  if (drawn_) platform::write(platform::Stream::error, "\r\x1b[K");
}

std::function<void(const transfer::Progress&)> ProgressBar::listener() {
  if (!shown_) return nullptr;
  return [this](const transfer::Progress& progress) { show(progress); };
}

void ProgressBar::show(const transfer::Progress& progress) {
  const std::uint64_t done = std::max(progress.sent, progress.received);
  std::string line = title_ + " " + human_size(done);
  if (progress.expected > 0) line += " of " + human_size(progress.expected) + " " + bar(done, progress.expected);
  line.resize(std::min<std::size_t>(line.size(), platform::terminal_columns(platform::Stream::error) - 1));
  drawn_ = platform::write(platform::Stream::error, "\r" + line + "\x1b[K");
}

}  // namespace muster::cli
