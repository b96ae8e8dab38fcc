#include "platform/signals.h"

#include <deque>
#include <mutex>

#include "platform/file.h"
#include "platform/windows/native.h"
#include "platform/windows/signal_queue.h"

namespace muster::platform {
namespace {

// Of the process: signals arrive on threads of the system.
struct Waiting {
  std::mutex mutex;
  std::deque<Signal> signals;
  UniqueFd event = owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
};

Waiting& waiting() {
  static Waiting all;
  return all;
}

// Closing the window, logging off and shutting down end the process when this returns, or after some seconds.
BOOL WINAPI on_console_event(DWORD event) {
  deliver(Signal::stop);
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) ::Sleep(INFINITE);
  return TRUE;
}

}  // namespace

void deliver(Signal signal) {
  Waiting& all = waiting();
  const std::lock_guard lock(all.mutex);
  all.signals.push_back(signal);
  ::SetEvent(handle_of(all.event));
}

Result<Signals> Signals::take() {
  UniqueFd handle = waiting().event.duplicate();
  if (!handle || !::SetConsoleCtrlHandler(&on_console_event, TRUE)) {
    return fail(ErrorKind::failure, "cannot take signals: " + last_os_error());
  }
  return Signals(std::move(handle));
}

std::optional<Signal> Signals::next() const {
  Waiting& all = waiting();
  const std::lock_guard lock(all.mutex);
  if (all.signals.empty()) {
    ::ResetEvent(handle_of(all.event));
    return std::nullopt;
  }
  const Signal first = all.signals.front();
  all.signals.pop_front();
  return first;
}

}  // namespace muster::platform
