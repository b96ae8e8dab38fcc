#include "platform/service_folder.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "platform/file.h"
#include "platform/posix/path_walk.h"
#include "platform/posix/service_group.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

constexpr mode_t shared_by_group = 0770;
constexpr mode_t group_is_inherited = S_ISGID;  // may not be set in the service (RestrictSUIDSGID)

Ownership shared_ownership() {
  const Ownership own{::geteuid(), ::getegid(), 0700};
  const auto service = service_group_id();
  if (!service) return own;
  if (own.user == 0) return {0, *service, shared_by_group | group_is_inherited};
  return own.group == *service ? Ownership{own.user, own.group, shared_by_group} : own;
}

Ownership ownership_above() {
  const uid_t user = ::geteuid();
  return {user, ::getegid(), user == 0 ? mode_t{0755} : mode_t{0700}};
}

tl::unexpected<Error> cannot_create(const fs::path& folder, const Error& cause) {
  std::string remedy = cause.remedy;
  if (::geteuid() != 0) {
    remedy = fmt::format("run as root: install -d -g {} -m 2770 {}", service_group, folder.string());
  }
  return fail(ErrorKind::local_file, cause.message, std::move(remedy));
}

}  // namespace

Status make_service_folder(const fs::path& folder) {
  std::error_code problem;
  if (fs::is_directory(folder, problem)) return {};

  WalkRules rules;
  rules.make_missing = ownership_above();
  const auto above = walk_to_folder(folder.parent_path(), rules);
  if (!above) return cannot_create(folder, above.error().as_error("create", folder));

  const Status made = make_folder_at(above->folder, folder.filename().string(), folder, shared_ownership());
  return made ? Status() : Status(cannot_create(folder, made.error()));
}

}  // namespace muster::platform
