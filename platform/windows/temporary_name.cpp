#include "platform/windows/temporary_name.h"

#include <memory>

#include "platform/process.h"
#include "platform/windows/native.h"

namespace muster::platform {

std::filesystem::path temporary_beside(const std::filesystem::path& target) {
  return target.parent_path() / ("." + target.filename().string() + "." + std::to_string(process_id()) + ".tmp");
}

void remove_abandoned(const std::filesystem::path& target) {
  const std::filesystem::path folder = target.parent_path();
  const std::filesystem::path pattern = folder / ("." + target.filename().string() + ".*.tmp");
  WIN32_FIND_DATAW entry{};
  const HANDLE search = ::FindFirstFileW(for_call(pattern).c_str(), &entry);
  if (search == INVALID_HANDLE_VALUE) return;
  const std::unique_ptr<void, BOOL(WINAPI*)(HANDLE)> closing(search, ::FindClose);

  do {
    // Not shared for writing: fails while a process writes to it.
    const UniqueFd file = open_file(folder / &entry.cFileName[0], {.access = DELETE | GENERIC_READ,
                                                                   .share = FILE_SHARE_READ | FILE_SHARE_DELETE,
                                                                   .flags = FILE_FLAG_OPEN_REPARSE_POINT});
    if (file) remove_open(file);
  } while (::FindNextFileW(search, &entry));
}

}  // namespace muster::platform
