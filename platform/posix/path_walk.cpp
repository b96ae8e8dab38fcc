#include "platform/posix/path_walk.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <limits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "platform/file.h"
#include "platform/posix/denied.h"
#include "platform/posix/service_group.h"

namespace muster::platform {
namespace {

namespace fs = std::filesystem;

constexpr unsigned max_links = 40;  // as Linux

// Neither reads nor writes, so it needs no right to the file itself, and does not follow a link in the last name.
constexpr int hold_only = O_PATH | O_CLOEXEC | O_NOFOLLOW;

bool is_trusted(uid_t owner, const WalkRules& rules) {
  return owner == 0 || (!rules.root_alone && owner == ::geteuid());
}

// Asked only where it matters: looking a group up loads modules of the system's and takes as long as a handshake.
bool is_service_or_root(gid_t group) { return group == 0 || group == service_group_id(); }

std::string mode_text(mode_t mode) { return fmt::format("{:04o}", mode & 07777U); }

// Another user who may write to a folder can put another file in the place of ours.
std::optional<Obstacle> judge_folder(const struct stat& facts, const fs::path& path, const WalkRules& rules) {
  const std::string where = "its folder " + path.string();
  if (!is_trusted(facts.st_uid, rules)) {
    return Obstacle{0, path, fmt::format("{} belongs to user {}", where, facts.st_uid), "chown root " + path.string()};
  }
  const bool sticky = (facts.st_mode & S_ISVTX) != 0 && facts.st_uid == 0;
  if (sticky) return std::nullopt;

  const bool group_writes = (facts.st_mode & S_IWGRP) != 0 && (rules.root_alone || !is_service_or_root(facts.st_gid));
  if ((facts.st_mode & S_IWOTH) == 0 && !group_writes) return std::nullopt;
  return Obstacle{0, path, fmt::format("{} is writable by others (mode {})", where, mode_text(facts.st_mode)),
                  "chmod go-w " + path.string()};
}

class Walk {
 public:
  Walk(const WalkRules& rules, bool to_folder) : rules_(rules), to_folder_(to_folder) {}

  tl::expected<Place, Obstacle> run(const fs::path& path) {
    const fs::path from = path.is_relative() && rules_.folders_are_private ? absolute(path) : path;
    push(from);
    const Step started = from.is_absolute() ? start_at("/") : start_at(".");
    if (!started) return tl::unexpected(started.error());

    while (!names_.empty()) {
      const std::string name = std::move(names_.back());
      names_.pop_back();
      auto arrived = step(name);
      if (!arrived) return tl::unexpected(arrived.error());
      if (*arrived) return Place{std::move(folder_), name, path_ / name};
    }
    return Place{std::move(folder_), ".", path_ / "."};
  }

 private:
  using Step = tl::expected<bool, Obstacle>;  // true: at the last name

  static fs::path absolute(const fs::path& path) {
    std::error_code problem;
    return fs::absolute(path, problem);
  }

  static tl::unexpected<Obstacle> failed(const fs::path& place) {
    return tl::unexpected(Obstacle{errno, place, {}, {}});
  }

  // In front of what is still to be walked.
  void push(const fs::path& path) {
    std::vector<std::string> names;
    for (const fs::path& name : path.relative_path()) {
      if (!name.empty() && name != ".") names.push_back(name.string());
    }
    names_.insert(names_.end(), names.rbegin(), names.rend());
  }

  // A relative path is not judged by what lies above the working folder, which is open already.
  Step start_at(const fs::path& folder) {
    distrusted_.reset();
    UniqueFd start(::open(folder.c_str(), hold_only | O_DIRECTORY));
    if (!start) return failed(folder);
    return enter(std::move(start), folder);
  }

  Step enter(UniqueFd folder, fs::path path) {
    struct stat facts {};
    if (::fstat(folder.get(), &facts) != 0) return failed(path);
    if (auto obstacle = judge_folder_here(facts, path)) return tl::unexpected(std::move(*obstacle));
    folder_ = std::move(folder);
    path_ = std::move(path);
    return false;
  }

  std::optional<Obstacle> judge_folder_here(const struct stat& facts, const fs::path& path) {
    if (distrusted_) return std::nullopt;
    distrusted_ = judge_folder(facts, path, rules_);
    return rules_.folders_are_private ? distrusted_ : std::nullopt;
  }

  Step step(const std::string& name) {
    const bool last = names_.empty() && !to_folder_;
    const fs::path path = name == ".." && path_.is_absolute() ? path_.parent_path() : path_ / name;
    UniqueFd entry(::openat(folder_.get(), name.c_str(), hold_only));
    if (!entry && errno == ENOENT && last) return true;
    if (!entry && errno == ENOENT && rules_.make_missing) entry = make_folder(name, path);
    if (!entry) return failed(path);

    struct stat facts {};
    if (::fstat(entry.get(), &facts) != 0) return failed(path);
    if (S_ISLNK(facts.st_mode)) return follow(entry, facts, path);
    if (last) return true;
    if (S_ISDIR(facts.st_mode)) return enter(std::move(entry), path);
    errno = ENOTDIR;
    return failed(path);
  }

  UniqueFd make_folder(const std::string& name, const fs::path& path) {
    if (!make_folder_at(folder_, name, path, *rules_.make_missing)) return {};
    return UniqueFd(::openat(folder_.get(), name.c_str(), hold_only));
  }

  Step follow(const UniqueFd& link, const struct stat& facts, const fs::path& path) {
    if (++links_ > max_links) {
      errno = ELOOP;
      return failed(path);
    }
    if (!is_trusted(facts.st_uid, rules_)) {
      return tl::unexpected(
          Obstacle{0, path, fmt::format("the link {} on its way belongs to user {}", path.string(), facts.st_uid),
                   "name the place itself, not the link"});
    }

    if (distrusted_) {
      Obstacle obstacle = *distrusted_;
      obstacle.problem = fmt::format("it leads over the link {}, where {}", path.string(), obstacle.problem);
      return tl::unexpected(std::move(obstacle));
    }

    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlinkat(link.get(), "", target.data(), target.size());
    if (size < 0) return failed(path);
    const fs::path leads_to(std::string(target.data(), static_cast<std::size_t>(size)));
    push(leads_to);
    if (leads_to.is_absolute()) return start_at("/");
    return false;
  }

  const WalkRules& rules_;
  bool to_folder_;

  std::vector<std::string> names_;  // still to be walked, the next one last
  UniqueFd folder_;                 // where the walk is
  fs::path path_;
  std::optional<Obstacle> distrusted_;  // the first folder that another user can change, since the root
  unsigned links_ = 0;
};

}  // namespace

Error Obstacle::as_error(const char* what, const fs::path& path) const {
  const std::string tried = fmt::format("cannot {} {}", what, path.string());
  if (number == 0) return {ErrorKind::local_file, tried + ": " + problem, remedy};
  std::string to_do;
  if (is_denied(number)) to_do = denied_remedy("choose a folder that you may write to");
  if (number == EROFS) to_do = "choose a folder that you may write to";
  if (number == ENOENT) to_do = "create the folder first";
  if (number == ENOTDIR) to_do = "name a folder in the place of the file";
  return system_error(tried, number, std::move(to_do));
}

Status make_folder_at(const UniqueFd& folder, const std::string& name, const fs::path& path,
                      const Ownership& ownership) {
  const auto cannot_make = [&path] { return fail(Obstacle{errno, path, {}, {}}.as_error("create", path)); };
  if (::mkdirat(folder.get(), name.c_str(), S_IRWXU) != 0) return errno == EEXIST ? Status() : Status(cannot_make());
  const UniqueFd made(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  return made ? give(made, path, ownership) : Status(cannot_make());
}

tl::expected<Place, Obstacle> walk(const fs::path& path, const WalkRules& rules) {
  return Walk(rules, false).run(path);
}

tl::expected<Place, Obstacle> walk_to_folder(const fs::path& folder, const WalkRules& rules) {
  return Walk(rules, true).run(folder);
}

}  // namespace muster::platform
