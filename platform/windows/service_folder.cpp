#include "platform/service_folder.h"

#include "platform/file.h"
#include "platform/file_kind.h"
#include "platform/windows/access.h"
#include "platform/windows/native.h"

namespace muster::platform {

Status make_service_folder(const std::filesystem::path& folder) {
  if (is_folder(folder)) return {};

  const std::filesystem::path above = folder.parent_path();
  if (!above.empty() && above != folder && !platform::exists(above)) {
    if (auto made = make_service_folder(above); !made) return made;
  }

  Security security(NewAccess::service_writes);
  if (::CreateDirectoryW(for_call(folder).c_str(), security.get())) return {};
  if (::GetLastError() == ERROR_ALREADY_EXISTS && is_folder(folder)) return {};
  return fail(cannot("create", folder));
}

}  // namespace muster::platform
