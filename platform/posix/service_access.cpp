#include "platform/service_access.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "platform/file.h"
#include "platform/folder.h"
#include "platform/posix/service_group.h"
#include "platform/unique_fd.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

constexpr mode_t permissions = 07777;

Error cannot(const char* what, const fs::path& path) {
  return system_error(fmt::format("cannot {} {}", what, path.string()), errno, "run it as root");
}

std::string words(gid_t group, gid_t service, mode_t mode) {
  const std::string name = group == 0 ? "root" : group == service ? service_group : std::to_string(group);
  return fmt::format("root:{} {:04o}", name, mode & permissions);
}

class Adoption {
 public:
  explicit Adoption(gid_t service) : service_(service) {}

  Status adopt(const UniqueFd& file, const fs::path& path) {
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) return fail(cannot("examine", path));
    const bool is_folder = S_ISDIR(facts.st_mode);

    const mode_t needed = is_folder ? S_IRGRP | S_IXGRP : S_IRGRP;
    const mode_t for_all = is_folder ? S_IROTH | S_IXOTH : S_IROTH;
    const bool ours = facts.st_uid == 0 && (facts.st_gid == 0 || facts.st_gid == service_);
    const bool only_name = is_folder || facts.st_nlink == 1;

    if (!ours || !only_name) return {};
    if ((facts.st_mode & for_all) == for_all) return {};  // readable by all
    const mode_t mode = ((facts.st_mode & ~static_cast<mode_t>(S_IRWXG)) | needed) & permissions;
    if (facts.st_gid == service_ && (facts.st_mode & needed) == needed) return {};

    // The mode first: while the group is root's it gives no other user access.
    if (::fchmod(file.get(), mode) != 0 || ::fchown(file.get(), static_cast<uid_t>(-1), service_) != 0) {
      return fail(cannot("change group and mode of", path));
    }
    adopted_.push_back({path, words(facts.st_gid, service_, facts.st_mode), words(service_, service_, mode)});
    return {};
  }

  // Entries of a folder that others may change are left alone.
  Status adopt_tree(const UniqueFd& folder, const fs::path& path, unsigned depth) {
    constexpr unsigned deepest = 8;
    constexpr mode_t others_write = S_IWGRP | S_IWOTH;
    struct stat facts {};
    if (::fstat(folder.get(), &facts) != 0) return fail(cannot("examine", path));
    if (facts.st_uid != 0 || (facts.st_mode & others_write) != 0 || depth > deepest) return {};
    if (auto adopted = adopt(folder, path); !adopted) return adopted;

    auto opened = Folder::open(fmt::format("/proc/self/fd/{}", folder.get()));
    if (!opened) return tl::unexpected(opened.error());
    auto names = opened->list();
    if (!names) return tl::unexpected(names.error());

    while (const auto name = names->next()) {
      if (auto adopted = adopt_entry(folder, name->text, path / name->text, depth); !adopted) return adopted;
    }
    return names->problem() ? Status(fail(*names->problem())) : Status();
  }

  Status adopt_entry(const UniqueFd& folder, const std::string& name, const fs::path& path, unsigned depth) {
    struct stat facts {};
    if (::fstatat(folder.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return {};  // gone meanwhile
    if (!S_ISDIR(facts.st_mode) && !S_ISREG(facts.st_mode)) return {};
    const UniqueFd entry(::openat(folder.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!entry) return errno == ENOENT || errno == ELOOP ? Status() : Status(fail(cannot("open", path)));
    return S_ISDIR(facts.st_mode) ? adopt_tree(entry, path, depth + 1) : adopt(entry, path);
  }

  std::vector<Adopted> result() && { return std::move(adopted_); }

 private:
  gid_t service_;
  std::vector<Adopted> adopted_;
};

// Whether only root can replace the entries of the folder.
Result<bool> is_roots_alone(const UniqueFd& folder, const fs::path& path) {
  struct stat facts {};
  if (::fstat(folder.get(), &facts) != 0) return fail(cannot("examine", path));
  return facts.st_uid == 0 && (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

Result<std::vector<Adopted>> let_service_read(const fs::path& what) {
  if (::geteuid() != 0) {
    return fail(ErrorKind::local_file, "only root may give the service access to " + what.string(), "run it as root");
  }

  const auto service = service_group_id();
  if (!service) {
    return fail(ErrorKind::local_file, fmt::format("there is no group {} to give access to", service_group),
                fmt::format("groupadd --system {}", service_group));
  }

  const UniqueFd folder(::open(what.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!folder && errno == ENOENT) return std::vector<Adopted>();
  if (!folder) return fail(cannot("open", what.parent_path()));

  const auto safe = is_roots_alone(folder, what.parent_path());
  if (!safe) return tl::unexpected(safe.error());
  if (!*safe) {
    return fail(ErrorKind::local_file,
                fmt::format("nothing in {} is adopted: others than root may write to it", what.parent_path().string()),
                "chown root " + what.parent_path().string() + " and chmod go-w it");
  }

  Adoption adoption(*service);
  if (auto adopted = adoption.adopt_entry(folder, what.filename().string(), what, 0); !adopted) {
    return tl::unexpected(adopted.error());
  }
  return std::move(adoption).result();
}

}  // namespace muster::platform
