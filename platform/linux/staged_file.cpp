#include "platform/staged_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "platform/file.h"
#include "platform/file_io.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

Error refused(const fs::path& path, StagedFile::Author author, const std::string& reason) {
  return {ErrorKind::local_file, fmt::format("{} is ignored: {}", path.string(), reason),
          author == StagedFile::Author::root ? "write it as root, with mode 0600" : "write a regular file"};
}

std::optional<std::string> reason_to_refuse(const struct stat& facts, StagedFile::Author author) {
  constexpr mode_t others_write = S_IWGRP | S_IWOTH;
  if (S_ISLNK(facts.st_mode)) return "it is a link";
  if (!S_ISREG(facts.st_mode)) return "it is not a regular file";
  if (facts.st_nlink != 1) return fmt::format("it has {} names", facts.st_nlink);
  if (author == StagedFile::Author::any) return std::nullopt;

  if (facts.st_uid != 0) return fmt::format("it belongs to the user {}, not to root", facts.st_uid);
  if ((facts.st_mode & others_write) != 0) return "others than root may write to it";
  return std::nullopt;
}

}  // namespace

Result<std::optional<StagedFile>> StagedFile::open(const fs::path& path, Author author) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::optional<StagedFile>();
  if (!file && errno == ELOOP) return fail(refused(path, author, "it is a link"));
  if (!file) return fail(refused(path, author, "it cannot be opened: " + last_os_error()));

  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return fail(refused(path, author, "it cannot be examined: " + last_os_error()));
  if (const auto reason = reason_to_refuse(facts, author)) return fail(refused(path, author, *reason));
  return std::optional(StagedFile(path, std::move(file)));
}

Result<Secret> StagedFile::read(std::size_t limit) const {
  auto content = read_all(file_, path_, limit);
  if (!content) return tl::unexpected(content.error());
  return Secret(std::move(*content));
}

fs::path StagedFile::checked_path() const { return fmt::format("/proc/self/fd/{}", file_.get()); }

Status StagedFile::wipe_and_remove() const {
  constexpr std::size_t block = std::size_t{64} * 1024;
  const std::string zeros(block, '\0');

  const UniqueFd writable(::open(checked_path().c_str(), O_WRONLY | O_CLOEXEC));
  if (!writable) {
    return fail(system_error("cannot wipe " + path_.string(), errno, "remove it by hand"));
  }
  const auto before = facts_of(writable, path_);
  if (!before) return tl::unexpected(before.error());

  for (std::uint64_t position = 0; position < before->size; position += block) {
    const std::size_t size = std::min<std::uint64_t>(block, before->size - position);
    if (auto put = write_at(writable, path_, position, std::string_view(zeros).substr(0, size)); !put) return put;
  }
  ::fdatasync(writable.get());

  const auto now = facts_of(writable, path_);
  if (!now) return tl::unexpected(now.error());
  return remove_if_same(path_, *now);
}

}  // namespace muster::platform
