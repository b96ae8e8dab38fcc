#include "platform/service_folder.h"

#include "platform/file.h"
#include "platform/file_kind.h"
#include "platform/folder.h"
#include "platform/windows/access.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

// Of the very file or folder that is there; an owner could give others access again. True: it is a folder.
Result<bool> restrict_access(const fs::path& path, Security& security) {
  const UniqueFd file = open_file(path, {.access = READ_CONTROL | WRITE_DAC | WRITE_OWNER | FILE_READ_ATTRIBUTES,
                                         .flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS});
  OpenFacts found;
  if (!file || !examine(file, found)) {
    if (is_missing(::GetLastError())) return false;  // it was uploaded meanwhile
    return fail(cannot("let the service use", path));
  }

  if (found.is_link() || (!found.is_folder() && found.names > 1)) return false;
  constexpr SECURITY_INFORMATION parts =
      OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
  if (!::SetKernelObjectSecurity(handle_of(file), parts, security.get()->lpSecurityDescriptor)) {
    return fail(cannot("let the service use", path));
  }
  return found.is_folder();
}

Status restrict_folder(const Folder& folder, Security& security);

// A folder is held first, so that nothing takes its place before its entries are listed. Where it cannot be listed yet,
// it can be after its restriction.
Status restrict_entry(const Folder& above, const std::string& name, Security& security) {
  auto folder = above.open_folder(name, false);
  if (!folder) {
    const auto is_folder = restrict_access(above.path() / name, security);
    if (!is_folder) return tl::unexpected(is_folder.error());
    if (!*is_folder) return {};
    folder = above.open_folder(name, false);
  }

  if (!folder) return tl::unexpected(folder.error());
  return restrict_folder(*folder, security);
}

Status restrict_folder(const Folder& folder, Security& security) {
  if (const auto restricted = restrict_access(folder.path(), security); !restricted) {
    return tl::unexpected(restricted.error());
  }

  auto listing = folder.list();
  if (!listing) return tl::unexpected(listing.error());
  while (const auto name = listing->next()) {
    if (auto done = restrict_entry(folder, name->text, security); !done) return done;
  }
  return listing->problem() ? fail(*listing->problem()) : Status();
}

}  // namespace

Status give_to_service(const fs::path& folder) {
  if (auto made = make_service_folder(folder); !made) return made;
  const auto held = Folder::open(folder);
  if (!held) return tl::unexpected(held.error());
  Security security(NewAccess::service_writes, NewOwner::administrators);
  return restrict_folder(*held, security);
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
