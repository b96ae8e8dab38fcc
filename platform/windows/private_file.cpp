#include "platform/private_file.h"

#include <fmt/core.h>

#include "platform/file.h"
#include "platform/file_io.h"
#include "platform/process.h"
#include "platform/windows/access.h"
#include "platform/windows/native.h"
#include "platform/windows/temporary_name.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

constexpr DWORD to_read_or_change =
    FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | DELETE | WRITE_DAC | WRITE_OWNER;
constexpr DWORD to_replace_entries = FILE_DELETE_CHILD | WRITE_DAC | WRITE_OWNER;

tl::unexpected<Error> refuse(const fs::path& path, const std::string& what, std::string remedy) {
  return fail(ErrorKind::identity, "will not use the private file " + path.string() + ": " + what, std::move(remedy));
}

tl::unexpected<Error> cannot_open(const fs::path& path, std::string_view setting) {
  const DWORD number = ::GetLastError();
  Error problem = cannot("open", path, number);
  if (is_missing(number)) problem.remedy = fmt::format("deploy it there, or set {} to where it is", setting);
  return fail(number == ERROR_TOO_MANY_OPEN_FILES ? ErrorKind::failure : ErrorKind::identity,
              "cannot open the private file " + path.string() + ": " + os_error(static_cast<int>(number)),
              std::move(problem.remedy));
}

std::string restricting(const fs::path& path) {
  return fmt::format("icacls \"{}\" /inheritance:r /grant *S-1-5-18:F *S-1-5-32-544:F", path.string());
}

Status check_file(const UniqueFd& file, const fs::path& path) {
  if (const auto owner = foreign_owner(file)) {
    return refuse(path, "it belongs to " + *owner, fmt::format("icacls \"{}\" /setowner *S-1-5-32-544", path.string()));
  }
  if (const auto account = foreign_access(file, to_read_or_change)) {
    return refuse(path, "it is accessible to other users (" + *account + ")", restricting(path));
  }
  return {};
}

Status check_folder(const fs::path& path) {
  const fs::path folder = folder_around(path);
  const UniqueFd open_one = open_file(folder, {.access = READ_CONTROL});
  if (!open_one) return {};
  if (const auto account = foreign_access(open_one, to_replace_entries)) {
    return refuse(path, "others may replace it, as its folder is writable by them (" + *account + ")",
                  restricting(folder));
  }
  return {};
}

Status make_folders(const fs::path& folder) {
  if (folder.empty() || platform::exists(folder) || !folder.has_relative_path()) return {};
  if (auto above = make_folders(folder.parent_path()); !above) return above;
  Security security(NewAccess::service_reads);
  if (::CreateDirectoryW(for_call(folder).c_str(), security.get())) return {};
  if (::GetLastError() == ERROR_ALREADY_EXISTS) return {};
  return fail(cannot("create", folder));
}

}  // namespace

Result<UniqueFd> open_private(const fs::path& path, std::string_view setting) {
  UniqueFd file = open_file(path, {.access = GENERIC_READ | READ_CONTROL});
  if (!file) return cannot_open(path, setting);

  OpenFacts found;
  if (!examine(file, found)) return cannot_open(path, setting);
  if (found.is_folder()) return refuse(path, "it is not a regular file", "deploy the file itself there");
  if (auto checked = check_file(file, path); !checked) return tl::unexpected(checked.error());
  if (auto checked = check_folder(path); !checked) return tl::unexpected(checked.error());
  keep_memory_out_of_dumps();
  return file;
}

Status check_private_place(const fs::path& path) { return check_folder(path); }

fs::path credential(std::string_view /*name*/) { return {}; }  // this service manager hands over none

Result<AtomicFile> prepare_private(const fs::path& target, std::string_view content) {
  if (auto made = make_folders(target.parent_path()); !made) return tl::unexpected(made.error());
  remove_abandoned(target);
  const fs::path temporary = temporary_beside(target);

  // With its rights from the start; it is opened as it is below.
  Security security(NewAccess::service_reads);
  const bool made = static_cast<bool>(
      open_file(temporary, {.access = GENERIC_WRITE, .creation = CREATE_NEW, .security = security.get()}));
  if (!made) return fail(cannot("write", target));
  auto file = AtomicFile::open(temporary, target, false);
  if (!file) return file;
  if (auto written = write_at(file->file(), temporary, 0, content); !written) return tl::unexpected(written.error());
  if (!::FlushFileBuffers(handle_of(file->file()))) return fail(cannot("write", target));
  return file;
}

Status write_private(const fs::path& target, std::string_view content) {
  auto file = prepare_private(target, content);
  if (!file) return tl::unexpected(file.error());
  return file->place(std::nullopt);
}

}  // namespace muster::platform
