#include "platform/interrupt.h"

#include <mutex>

#include "platform/terminal.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

constexpr std::size_t max_length = 1000;

// Of the process: interrupts arrive on threads of the system.
struct Notice {
  std::mutex mutex;
  std::string line;
};

Notice& notice() {
  static Notice only;
  return only;
}

// The next routine, the system's own, ends the process.
BOOL WINAPI on_interrupt(DWORD /*event*/) {
  Notice& current = notice();
  const std::lock_guard lock(current.mutex);
  write(Stream::error, current.line);
  return FALSE;
}

}  // namespace

InterruptNotice::InterruptNotice(const std::string& line) {
  Notice& current = notice();
  const std::lock_guard lock(current.mutex);
  current.line = "\r" + line.substr(0, max_length) + "\n";
  ::SetConsoleCtrlHandler(&on_interrupt, TRUE);
}

InterruptNotice::~InterruptNotice() { ::SetConsoleCtrlHandler(&on_interrupt, FALSE); }

}  // namespace muster::platform
