#include "platform/process.h"

#include <unistd.h>

#include <csignal>

namespace muster::platform {

void ignore_file_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGIO, SIG_IGN);
}

long process_id() { return ::getpid(); }

}  // namespace muster::platform
