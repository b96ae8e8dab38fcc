#include "platform/posix/denied.h"

#include <unistd.h>

#include <cerrno>

namespace muster::platform {

bool is_denied(int number) { return number == EACCES || number == EPERM; }

std::string denied_remedy(const char* for_others) {
  if (::geteuid() != 0) return for_others;
  return "find what denies it to root: an attribute (lsattr), a security module, or a server of network files";
}

}  // namespace muster::platform
