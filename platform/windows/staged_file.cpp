#include "platform/staged_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/file.h"
#include "platform/file_io.h"
#include "platform/windows/access.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

constexpr DWORD to_change = FILE_WRITE_DATA | FILE_APPEND_DATA | DELETE | WRITE_DAC | WRITE_OWNER;

Error refused(const fs::path& path, const std::string& reason) {
  return {ErrorKind::local_file, fmt::format("{} is ignored: {}", path.string(), reason),
          "write it as an administrator, with no rights for others"};
}

std::optional<std::string> reason_to_refuse(const UniqueFd& file, const OpenFacts& found, StagedFile::Author author) {
  if (found.is_link()) return "it is a link";
  if (found.is_folder()) return "it is not a regular file";
  if (found.names != 1) return fmt::format("it has {} names", found.names);
  if (author == StagedFile::Author::any) return std::nullopt;
  if (const auto owner = foreign_owner(file)) return fmt::format("it belongs to {}, not to an administrator", *owner);
  if (const auto account = foreign_access(file, to_change)) return fmt::format("{} may write to it", *account);
  return std::nullopt;
}

}  // namespace

// Shared for reading alone: nothing can change it, or take its name, until this object ends.
Result<std::optional<StagedFile>> StagedFile::open(const fs::path& path, Author author) {
  UniqueFd file = open_file(path, {.access = GENERIC_READ | GENERIC_WRITE | DELETE | READ_CONTROL,
                                   .share = FILE_SHARE_READ,
                                   .flags = FILE_FLAG_OPEN_REPARSE_POINT});
  if (!file && is_missing(::GetLastError())) return std::optional<StagedFile>();
  OpenFacts found;
  if (!file || !examine(file, found)) return fail(refused(path, "it cannot be opened: " + last_os_error()));

  if (const auto reason = reason_to_refuse(file, found, author)) return fail(refused(path, *reason));
  return std::optional(StagedFile(path, std::move(file)));
}

Result<Secret> StagedFile::read(std::size_t limit) const {
  auto content = read_all(file_, path_, limit);
  if (!content) return tl::unexpected(content.error());
  return Secret(std::move(*content));
}

fs::path StagedFile::checked_path() const { return path_; }

Status StagedFile::wipe_and_remove() const {
  constexpr std::size_t block = std::size_t{64} * 1024;
  const std::string zeros(block, '\0');
  const auto before = facts_of(file_, path_);
  if (!before) return tl::unexpected(before.error());

  for (std::uint64_t position = 0; position < before->size; position += block) {
    const std::size_t size = std::min<std::uint64_t>(block, before->size - position);
    if (auto put = write_at(file_, path_, position, std::string_view(zeros).substr(0, size)); !put) return put;
  }
  ::FlushFileBuffers(handle_of(file_));

  if (!remove_open(file_)) return fail(cannot("remove", path_));
  return {};
}

}  // namespace muster::platform
