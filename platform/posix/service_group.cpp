#include "platform/posix/service_group.h"

#include <grp.h>

#include <array>

namespace muster::platform {

std::optional<gid_t> service_group_id() {
  std::array<char, 4096> buffer{};
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(service_group, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return std::nullopt;
  }
  return found->gr_gid;
}

}  // namespace muster::platform
