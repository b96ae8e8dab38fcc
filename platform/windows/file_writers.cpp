#include "platform/file_writers.h"

#include "platform/windows/native.h"

namespace muster::platform {

// Opened once more without sharing it for writing, which fails while another process may write to it.
Writers writers_of(const UniqueFd& file) {
  const HANDLE again = ::ReOpenFile(handle_of(file), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, 0);
  const DWORD number = ::GetLastError();
  const UniqueFd closing = owned(again);
  if (closing) return Writers::none;
  return number == ERROR_SHARING_VIOLATION ? Writers::some : Writers::unknown;
}

bool sees_writers_of_all_users() { return true; }

}  // namespace muster::platform
