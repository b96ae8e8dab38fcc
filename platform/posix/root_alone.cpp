#include "platform/root_alone.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>

#include "platform/file.h"
#include "platform/posix/path_walk.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

Status refuse(const fs::path& file, const std::string& what, std::string remedy) {
  return fail(ErrorKind::preference, fmt::format("others than root can change {}: {}", file.string(), what),
              std::move(remedy));
}

Status cannot_examine(const fs::path& file, int number) {
  return fail(ErrorKind::preference, fmt::format("cannot examine {}: {}", file.string(), os_error(number)),
              "check the path");
}

}  // namespace

Status check_root_alone_writes(const fs::path& file) {
  const auto place = walk(file, {.folders_are_private = true, .root_alone = true});
  if (!place && place.error().number != 0) return cannot_examine(file, place.error().number);
  if (!place) return refuse(file, place.error().problem, place.error().remedy);

  struct stat facts {};
  if (::fstatat(place->folder.get(), place->name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    return cannot_examine(file, errno);
  }
  if (!S_ISREG(facts.st_mode)) return refuse(file, "it is not a regular file", "write the file itself there");
  if (facts.st_uid != 0)
    return refuse(file, fmt::format("it belongs to user {}", facts.st_uid), "chown root " + file.string());
  if ((facts.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return refuse(file, fmt::format("it is writable by others (mode {:04o})", facts.st_mode & 07777U),
                "chmod go-w " + file.string());
}

}  // namespace muster::platform
