// Whether a file is still being written, as far as the system reports it.
#pragma once

#include "platform/unique_fd.h"

namespace muster::platform {

enum class Writers {
  none,     // no process has it open for writing
  some,     // at least one has
  unknown,  // the system does not report it
};

// Asks for a lease, which Linux grants on a file that no process has open for writing, and gives it back. Unknown: a
// file of another user without CAP_LEASE, a network file system (a lease there is about the server's promises), a file
// system without leases. The process ignores SIGIO (process.h).
Writers writers_of(const UniqueFd& file);

// Whether writers_of() can report on other users' files.
bool sees_writers_of_all_users();

}  // namespace muster::platform
