#include "platform/atomic_file.h"

#include "platform/file_io.h"

namespace muster::platform {

AtomicFile::AtomicFile(UniqueFd folder, std::filesystem::path temporary, std::filesystem::path target, UniqueFd file)
    : folder_(std::move(folder)),
      temporary_(std::move(temporary)),
      target_(std::move(target)),
      file_(std::move(file)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : folder_(std::move(other.folder_)),
      temporary_(std::move(other.temporary_)),
      target_(std::move(other.target_)),
      file_(std::move(other.file_)),
      keep_(other.keep_) {}

Status AtomicFile::truncate() { return file_ ? empty_file(file_, temporary_) : Status(); }

Status write_file(const std::filesystem::path& target, std::string_view content, unsigned mode) {
  auto file = AtomicFile::filled(target, content, mode);
  if (!file) return tl::unexpected(file.error());
  return file->place(std::nullopt);
}

Status write_file_unsynced(const std::filesystem::path& target, std::string_view content, unsigned mode) {
  auto file = AtomicFile::filled(target, content, mode);
  if (!file) return tl::unexpected(file.error());
  return file->rename_into_place();
}

}  // namespace muster::platform
