#include "platform/process.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace muster::platform {

void ignore_file_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGIO, SIG_IGN);
}

long process_id() { return ::getpid(); }

void end_process(int code) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  std::exit(code);  // NOLINT(concurrency-mt-unsafe): the only thread by now
#else
  std::fflush(nullptr);
  std::_Exit(code);
#endif
}

}  // namespace muster::platform
