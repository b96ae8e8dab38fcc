#include "platform/process.h"

#include <csignal>

namespace muster::platform {

void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace muster::platform
