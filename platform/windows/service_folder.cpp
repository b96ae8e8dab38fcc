#include "platform/service_folder.h"

#include <system_error>

#include "platform/file.h"
#include "platform/file_kind.h"
#include "platform/service_control.h"
#include "platform/windows/access.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

// Of the very file or folder that is there. True: a folder, whose entries are next.
Result<bool> restrict_access(const fs::path& path, Security& security) {
  const UniqueFd file = open_file(path, {.access = READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES,
                                         .flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS});
  OpenFacts found;
  if (!file || !examine(file, found)) {
    if (is_missing(::GetLastError())) return false;  // it was uploaded meanwhile
    return fail(cannot("let the service use", path));
  }

  if (found.is_link() || (!found.is_folder() && found.names > 1)) return false;
  constexpr SECURITY_INFORMATION list = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
  if (!::SetKernelObjectSecurity(handle_of(file), list, security.get()->lpSecurityDescriptor)) {
    return fail(cannot("let the service use", path));
  }
  return found.is_folder();
}

Status restrict_all(const fs::path& path, Security& security) {
  const auto is_folder = restrict_access(path, security);
  if (!is_folder) return tl::unexpected(is_folder.error());
  if (!*is_folder) return {};

  std::error_code problem;
  for (fs::directory_iterator entry(path, problem), end; !problem && entry != end; entry.increment(problem)) {
    if (auto done = restrict_all(entry->path(), security); !done) return done;
  }
  if (problem) return fail(ErrorKind::local_file, "cannot list " + path.string() + ": " + problem.message());
  return {};
}

}  // namespace

Status give_to_service(const fs::path& folder) {
  if (auto made = make_service_folder(folder); !made) return made;
  Security security(NewAccess::service_writes);
  return restrict_all(folder, security);
}

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
