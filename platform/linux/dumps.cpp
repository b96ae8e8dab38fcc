#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string_view>

#include "platform/process.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Of the kinds of memory in core(5) only the headers of programs are left.
void keep_memory_out_of_dumps() {
  constexpr std::string_view headers_alone = "0x10";
  const UniqueFd filter(::open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC));
  if (filter) static_cast<void>(!::write(filter.get(), headers_alone.data(), headers_alone.size()));
}

void forbid_dumps() {
  keep_memory_out_of_dumps();  // a process that cannot be dumped may no longer say so
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace muster::platform
