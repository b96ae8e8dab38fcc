#include "platform/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace muster::platform {
namespace {

Error cannot(const char* what, const std::filesystem::path& path) {
  const int number = errno;
  const bool full = number == ENOSPC || number == EDQUOT;
  return system_error(std::string("cannot ") + what + " " + path.string(), number, full ? "make room on the disk" : "");
}

}  // namespace

Result<std::size_t> read_at(const UniqueFd& file, const std::filesystem::path& path, std::uint64_t position,
                            char* buffer, std::size_t size) {
  for (;;) {
    const ssize_t got = ::pread(file.get(), buffer, size, static_cast<off_t>(position));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail(cannot("read", path));
  }
}

Status write_at(const UniqueFd& file, const std::filesystem::path& path, std::uint64_t position,
                std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail(cannot("write", path));
    position += static_cast<std::uint64_t>(put);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

Status empty_file(const UniqueFd& file, const std::filesystem::path& path) {
  if (::ftruncate(file.get(), 0) != 0) return fail(cannot("empty", path));
  return {};
}

Status may_remove(const std::filesystem::path& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return fail(cannot("open", path));
  if (S_ISLNK(facts.st_mode)) {
    return fail(ErrorKind::local_file, "cannot remove " + path.string() + " once it is uploaded: it is a link",
                "name the file itself, or leave --remove out");
  }

  const auto folder = folder_around(path);
  if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
  Error problem = cannot("write to", folder);
  return fail(ErrorKind::local_file, "cannot remove " + path.string() + " once it is uploaded: " + problem.message,
              "run as a user who may, or leave --remove out");
}

Status remove_if_same(const std::filesystem::path& path, const FileFacts& facts) {
  const auto folder_path = folder_around(path);
  const UniqueFd folder(::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail(cannot("open", folder_path));

  const std::string name = path.filename().string();
  const UniqueFd file(::openat(folder.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return fail(cannot("remove", path));
  const auto now = facts_of(file, path);
  if (!now) return tl::unexpected(now.error());

  if (*now != facts) {
    return fail(ErrorKind::local_file, "not removing " + path.string() + ": it was replaced while it was sent",
                "upload it again");
  }

  if (::unlinkat(folder.get(), name.c_str(), 0) != 0) return fail(cannot("remove", path));
  if (::fsync(folder.get()) != 0) return fail(cannot("make the removal last in", folder_path));
  return {};
}

}  // namespace muster::platform
