#include "platform/config_file.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "platform/atomic_file.h"
#include "platform/file_io.h"
#include "platform/posix/denied.h"
#include "platform/posix/ownership.h"
#include "platform/posix/path_walk.h"
#include "platform/posix/temporary_name.h"

namespace muster::platform {
namespace {

// What root alone may read becomes readable for the service, as a new file is.
Result<Ownership> of_existing(const UniqueFd& file, const std::filesystem::path& path) {
  struct stat facts {};
  if (::fstat(file.get(), &facts) == 0) {
    const Ownership found{facts.st_uid, facts.st_gid, facts.st_mode & 07777U};
    return found.user == 0 && found.group == 0 && found.mode == 0600 ? new_file_ownership() : found;
  }
  return fail(system_error("cannot examine " + path.string(), errno));
}

Error cannot_resolve(const std::filesystem::path& path, const Obstacle& obstacle) {
  Error error = obstacle.as_error("resolve", path);
  if (is_denied(obstacle.number)) error.remedy = denied_remedy("run as root or join the group muster");
  return error;
}

Error changed_meanwhile(const std::filesystem::path& path) {
  return {ErrorKind::local_file, fmt::format("{} was changed by another process meanwhile", path.string()),
          "run the command again"};
}

// Owner, group and mode of the replacement; an error where the file is no longer what was read.
Result<Ownership> ownership_of(const ConfigFile& file) {
  if (!file.facts) {
    std::error_code problem;
    const auto status = std::filesystem::symlink_status(file.target, problem);
    if (status.type() != std::filesystem::file_type::not_found) return fail(changed_meanwhile(file.target));
    return new_file_ownership();
  }
  const auto open = open_regular(file.target);
  if (!open) return fail(open.error());
  const auto facts = facts_of(*open, file.target);
  if (!facts) return fail(facts.error());
  if (*facts != *file.facts) return fail(changed_meanwhile(file.target));
  return of_existing(*open, file.target);
}

}  // namespace

Status give(const UniqueFd& file, const std::filesystem::path& path, const Ownership& ownership) {
  struct stat now {};
  if (::fstat(file.get(), &now) == 0) {
    const bool same = now.st_uid == ownership.user && now.st_gid == ownership.group;
    if ((same || ::fchown(file.get(), ownership.user, ownership.group) == 0) &&
        ::fchmod(file.get(), ownership.mode) == 0) {
      return {};
    }
  }
  return fail(
      system_error("cannot keep owner and mode of " + path.string(), errno, "run as root or as the owner of the file"));
}

Result<ConfigFile> read_config_file(const std::filesystem::path& path, std::uint64_t limit) {
  ConfigFile file;
  std::error_code problem;
  file.target = std::filesystem::absolute(path, problem);
  const auto place = walk(path);
  if (!place && place.error().number == ENOENT) return file;
  if (!place) return fail(cannot_resolve(path, place.error()));

  const bool leads_nowhere =
      std::filesystem::symlink_status(place->path, problem).type() == std::filesystem::file_type::not_found;
  if (leads_nowhere && std::filesystem::is_symlink(path, problem)) {
    return fail(system_error("cannot resolve " + path.string(), ENOENT, "check the path and its links"));
  }
  if (leads_nowhere) return file;
  file.target = std::filesystem::absolute(place->path, problem).lexically_normal();

  const auto open = open_regular(file.target);
  if (!open) return fail(open.error());
  auto facts = facts_of(*open, file.target);
  if (!facts) return fail(std::move(facts.error()));
  auto content = read_all(*open, file.target, limit);
  if (!content) return fail(std::move(content.error()));
  file.facts = *facts;
  file.content = std::move(*content);
  return file;
}

Status replace_config_file(const ConfigFile& file, std::string_view content) {
  const auto before = ownership_of(file);
  if (!before) return fail(before.error());
  remove_abandoned(file.target);
  auto placed = AtomicFile::open(temporary_beside(file.target), file.target, false, 0600);
  if (!placed) return fail(std::move(placed.error()));
  if (auto given = give(placed->file(), file.target, *before); !given) return given;
  if (auto written = write_at(placed->file(), file.target, 0, content); !written) return written;
  if (const auto still = ownership_of(file); !still) return fail(still.error());
  return placed->place(std::nullopt);
}

}  // namespace muster::platform
