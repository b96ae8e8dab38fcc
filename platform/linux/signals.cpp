#include "platform/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "platform/file.h"

namespace muster::platform {

Result<Signals> Signals::take() {
  sigset_t taken;
  sigemptyset(&taken);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&taken, number);
  // Threads that are made later inherit it.
  if (const int problem = ::pthread_sigmask(SIG_BLOCK, &taken, nullptr); problem != 0) {
    return fail(ErrorKind::failure, "cannot take signals: " + os_error(problem));
  }
  UniqueFd handle(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!handle) return fail(ErrorKind::failure, "cannot take signals: " + last_os_error());
  return Signals(std::move(handle));
}

std::optional<Signal> Signals::next() const {
  signalfd_siginfo info{};
  if (::read(handle_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return info.ssi_signo == SIGHUP ? Signal::reload : Signal::stop;
}

}  // namespace muster::platform
