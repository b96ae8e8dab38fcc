#include "platform/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "platform/posix/denied.h"
#include "platform/posix/stat_facts.h"

namespace muster::platform {
namespace {

std::string remedy_for(int number) {
  switch (number) {
    case EACCES:
    case EPERM: return denied_remedy("run as root or join the group muster, or change the file's permissions");
    case ENOENT:
    case ENOTDIR: return "check the name";
    case EMFILE:
    case ENFILE: return "raise the limit of open files";
    default: return {};
  }
}

Error cannot(const char* what, const std::filesystem::path& path) {
  const int number = errno;
  return system_error(std::string("cannot ") + what + " " + path.string(), number, remedy_for(number));
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

std::string os_error(int number) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc keeps the text of each thread apart
  return std::string(std::strerror(number)) + " (errno " + std::to_string(number) + ")";
}

bool says_missing(const Error& error) { return error.system_code == ENOENT; }

std::string last_os_error() { return os_error(errno); }

Result<UniqueFd> open_regular(const std::filesystem::path& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return fail(cannot("open", path));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return fail(cannot("examine", path));
  if (!S_ISREG(facts.st_mode)) {
    return fail(ErrorKind::local_file, "cannot read " + path.string() + ": it is " + kind_of(facts.st_mode),
                "name a regular file");
  }
  return file;
}

Result<FileFacts> facts_of(const UniqueFd& file, const std::filesystem::path& path) {
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return fail(cannot("examine", path));
  return facts_of_stat(facts);
}

std::optional<FileFacts> facts_at(const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return facts_of_stat(facts);
}

Result<FolderFiles> regular_files(const std::filesystem::path& folder, std::size_t limit) {
  std::error_code problem;
  FolderFiles found;
  for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    std::error_code unreadable;
    const bool regular = entry->is_regular_file(unreadable);
    if (unreadable && unreadable != std::errc::no_such_file_or_directory) {
      errno = unreadable.value();
      return fail(cannot("examine", entry->path()));
    }

    if (unreadable && entry->is_symlink(unreadable)) found.dangling.push_back(entry->path());
    if (!regular) continue;

    if (found.files.size() == limit) {
      return fail(ErrorKind::local_file, folder.string() + " has more than " + std::to_string(limit) + " files",
                  "check that it is the right folder");
    }
    found.files.push_back(entry->path());
  }

  if (problem) {
    errno = problem.value();
    return fail(cannot("list", folder));
  }

  std::sort(found.files.begin(), found.files.end());
  return found;
}

bool exists(const std::filesystem::path& path) {
  std::error_code problem;
  return std::filesystem::exists(path, problem);
}

bool may_write(const std::filesystem::path& path) { return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0; }

bool absent(const std::filesystem::path& path) {
  std::error_code problem;
  return std::filesystem::status(path, problem).type() == std::filesystem::file_type::not_found;
}

}  // namespace muster::platform
