#include "platform/private_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "platform/file.h"
#include "platform/host.h"
#include "platform/posix/denied.h"
#include "platform/posix/path_walk.h"
#include "platform/posix/service_group.h"
#include "platform/process.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

std::string mode_text(mode_t mode) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
  return text.data();
}

bool trusted_owner(uid_t owner) { return owner == 0 || owner == ::geteuid(); }

tl::unexpected<Error> refuse(const fs::path& path, const std::string& what, std::string remedy) {
  return fail(ErrorKind::identity, "will not use the private file " + path.string() + ": " + what, std::move(remedy));
}

constexpr std::string_view unknown_setting = "the preference that names it";

tl::unexpected<Error> cannot_open(const fs::path& path, int number, std::string_view setting = unknown_setting) {
  std::string remedy = "check the file";
  if (is_denied(number)) remedy = denied_remedy("run as root or join the group muster");
  if (number == ENOENT || number == ENOTDIR) {
    remedy = fmt::format("deploy it there, or set {} to where it is", setting);
  }
  if (number == EMFILE || number == ENFILE) {
    return fail(ErrorKind::failure, "cannot open the private file " + path.string() + ": " + os_error(number),
                "raise the limit of open files");
  }
  return fail(ErrorKind::identity, "cannot open the private file " + path.string() + ": " + os_error(number),
              std::move(remedy));
}

tl::unexpected<Error> refuse(const fs::path& path, const Obstacle& obstacle,
                             std::string_view setting = unknown_setting) {
  if (obstacle.number != 0) return cannot_open(path, obstacle.number, setting);
  return refuse(path, obstacle.problem, obstacle.remedy);
}

fs::path credentials_folder() { return environment("CREDENTIALS_DIRECTORY"); }

bool lies_among_credentials(const fs::path& resolved) {
  const fs::path named = credentials_folder();
  if (named.empty()) return false;
  std::error_code problem;
  const fs::path folder = fs::canonical(named, problem);
  return !problem && resolved.parent_path() == folder;
}

// What of the rights of group and others is too much.
mode_t forbidden_rights(const struct stat& facts, const fs::path& path) {
  constexpr mode_t all_but_group_reads = 0037U;
  if (facts.st_gid == service_group_id()) return all_but_group_reads;
  const bool roots = facts.st_uid == 0 && facts.st_gid == 0;
  return roots && lies_among_credentials(path) ? all_but_group_reads : 0077U;
}

Status check_file(const UniqueFd& open_one, const fs::path& path) {
  struct stat facts {};
  if (::fstat(open_one.get(), &facts) != 0) return cannot_open(path, errno);
  if (!S_ISREG(facts.st_mode)) return refuse(path, "it is not a regular file", "deploy the file itself there");
  if (!trusted_owner(facts.st_uid)) {
    return refuse(path, "it belongs to user " + std::to_string(facts.st_uid), "chown root " + path.string());
  }

  if ((facts.st_mode & 0077U) == 0) return {};
  const mode_t forbidden = forbidden_rights(facts, path);
  if ((facts.st_mode & forbidden) == 0) return {};
  return refuse(path, "it is accessible to other users (mode " + mode_text(facts.st_mode) + ")",
                std::string("chmod ") + ((forbidden & S_IRGRP) == 0 ? "0640 " : "0600 ") + path.string());
}

}  // namespace

Result<UniqueFd> open_private(const fs::path& path, std::string_view setting) {
  const auto place = walk(path, {.folders_are_private = true});
  if (!place) return refuse(path, place.error(), setting);

  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  UniqueFd file(::openat(place->folder.get(), place->name.c_str(), flags));
  if (!file) return cannot_open(path, errno, setting);
  if (auto checked = check_file(file, place->path); !checked) return tl::unexpected(checked.error());
  keep_memory_out_of_dumps();
  return file;
}

Status check_private_place(const fs::path& path) {
  const auto place = walk(path, {.folders_are_private = true});
  if (place || place.error().number == ENOENT) return {};
  return refuse(path, place.error());
}

fs::path credential(std::string_view name) {
  const fs::path folder = credentials_folder();
  if (folder.empty()) return {};
  const fs::path file = folder / name;
  return absent(file) ? fs::path() : file;
}

}  // namespace muster::platform
