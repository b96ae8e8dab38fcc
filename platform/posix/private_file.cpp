#include "platform/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "platform/file.h"
#include "platform/host.h"
#include "platform/posix/service_group.h"

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

tl::unexpected<Error> cannot_open(const fs::path& path, int number) {
  std::string remedy = "check the file";
  if (number == EACCES || number == EPERM) remedy = "run as root or join the group muster";
  if (number == ENOENT || number == ENOTDIR) remedy = "deploy it there, or set SSLClientPrivateKeyFile to where it is";
  return fail(ErrorKind::identity, "cannot open the private file " + path.string() + ": " + os_error(number),
              std::move(remedy));
}

// Asked only where it matters: looking a group up loads modules of the system's and takes as long as a handshake.
bool is_own_group(gid_t group) { return group == 0 || group == ::getegid() || group == service_group_id(); }

// Whoever may write to a folder may put another file in the place of ours.
Status check_folder(const fs::path& folder, const fs::path& file) {
  struct stat facts {};
  if (::stat(folder.c_str(), &facts) != 0) return cannot_open(folder, errno);
  const std::string where = "its folder " + folder.string();
  if (!trusted_owner(facts.st_uid)) {
    return refuse(file, where + " belongs to user " + std::to_string(facts.st_uid), "chown root " + folder.string());
  }
  const bool sticky = (facts.st_mode & S_ISVTX) != 0 && facts.st_uid == 0;
  if (sticky) return {};
  const bool group_writes = (facts.st_mode & S_IWGRP) != 0;
  if ((facts.st_mode & S_IWOTH) != 0 || (group_writes && !is_own_group(facts.st_gid))) {
    return refuse(file, where + " is writable by others (mode " + mode_text(facts.st_mode) + ")",
                  "chmod go-w " + folder.string());
  }
  return {};
}

Status check_folders_above(const fs::path& path, const fs::path& file) {
  for (fs::path folder = path.parent_path();; folder = folder.parent_path()) {
    if (auto checked = check_folder(folder, file); !checked) return checked;
    if (folder == folder.root_path()) return {};
  }
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
  return refuse(path, "others may read or write it (mode " + mode_text(facts.st_mode) + ")",
                std::string("chmod ") + ((forbidden & S_IRGRP) == 0 ? "0640 " : "0600 ") + path.string());
}

}  // namespace

Result<UniqueFd> open_private(const fs::path& path) {
  std::error_code problem;
  const fs::path named = fs::absolute(path, problem).lexically_normal();
  const fs::path resolved = fs::canonical(path, problem);
  if (problem) return cannot_open(path, problem.value());
  UniqueFd file(::open(resolved.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!file) return cannot_open(path, errno);
  if (auto checked = check_file(file, resolved); !checked) return tl::unexpected(checked.error());
  if (auto checked = check_folders_above(resolved, path); !checked) return tl::unexpected(checked.error());
  if (auto checked = check_folders_above(named, path); !checked) return tl::unexpected(checked.error());
  return file;
}

fs::path credential(std::string_view name) {
  const fs::path folder = credentials_folder();
  if (folder.empty()) return {};
  const fs::path file = folder / name;
  return absent(file) ? fs::path() : file;
}

}  // namespace muster::platform
