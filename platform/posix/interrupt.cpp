#include "platform/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "platform/base/utf8.h"
#include "platform/terminal.h"

namespace muster::platform {
namespace {

constexpr std::size_t longest = 1000;
constexpr std::array signals{SIGINT, SIGTERM};

// A signal's handler may use nothing that allocates or locks (POSIX.1-2017, 2.4.3).
std::array<char, longest + 16> notice{};
std::atomic<std::size_t> notice_size{0};

void write_and_end(int number) {
  // Nothing can be done where it cannot be written.
  static_cast<void>(!::write(STDERR_FILENO, notice.data(), notice_size.load()));
  ::signal(number, SIG_DFL);
  ::raise(number);
}

}  // namespace

InterruptNotice::InterruptNotice(const std::string& line) {
  std::string text = understands_escapes(Stream::error) ? "\r\x1b[K" : "";
  text += line.substr(0, text::cut_before(line, std::min(line.size(), longest))) + "\n";
  std::copy(text.begin(), text.end(), notice.begin());
  notice_size = text.size();

  for (const int number : signals) {
    struct sigaction former {};
    if (::sigaction(number, nullptr, &former) == 0 && former.sa_handler == SIG_DFL) ::signal(number, &write_and_end);
  }
}

InterruptNotice::~InterruptNotice() {
  for (const int number : signals) {
    struct sigaction former {};
    if (::sigaction(number, nullptr, &former) == 0 && former.sa_handler == &write_and_end) ::signal(number, SIG_DFL);
  }
}

}  // namespace muster::platform
