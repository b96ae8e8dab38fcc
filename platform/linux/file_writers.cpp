#include "platform/file_writers.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <cerrno>
#include <charconv>
#include <string>

#include "platform/file.h"

namespace muster::platform {
namespace {

constexpr unsigned cap_lease = 28;  // linux/capability.h
constexpr long smb1 = 0xFF534D42;   // CIFS_SUPER_MAGIC in kernels whose headers do not name it

// These grant a lease only while the server has granted them one, whoever writes: "again" there says nothing.
bool lease_depends_on_server(const UniqueFd& file) {
  struct statfs facts {};
  if (::fstatfs(file.get(), &facts) != 0) return true;
  switch (static_cast<unsigned long>(facts.f_type) & 0xFFFFFFFFUL) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case smb1: return true;
    default: return false;
  }
}

}  // namespace

Writers writers_of(const UniqueFd& file) {
  if (::fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(file.get(), F_SETLEASE, F_UNLCK);
    return Writers::none;
  }
  const bool refused = errno == EAGAIN;
  return refused && !lease_depends_on_server(file) ? Writers::some : Writers::unknown;
}

bool sees_writers_of_all_users() {
  constexpr std::uint64_t limit = 16'384;
  constexpr std::string_view field = "CapEff:\t";
  const auto status = read_file("/proc/self/status", limit);
  const auto at = status ? status->find(field) : std::string::npos;
  if (at == std::string::npos) return false;

  std::uint64_t capabilities = 0;
  const char* const begin = status->data() + at + field.size();
  std::from_chars(begin, status->data() + status->size(), capabilities, 16);
  return (capabilities >> cap_lease & 1U) != 0;
}

}  // namespace muster::platform
