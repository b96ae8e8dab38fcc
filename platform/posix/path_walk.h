// Walks a path one name at a time, with each folder held open, and follows a link only where no other user can have
// put it there. Private to this folder.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>

#include "platform/base/result.h"
#include "platform/posix/ownership.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// Where a path leads: a folder, held open for openat() and the like (not for reading), and a name in it that is no
// link. Nothing may have that name.
struct Place {
  UniqueFd folder;
  std::string name;
  std::filesystem::path path;  // the same in words, links resolved

  std::filesystem::path folder_path() const { return path.parent_path(); }
};

// Why a walk ended: the number of the operating system, or a place that another user can change.
struct Obstacle {
  int number = 0;
  std::filesystem::path place;
  std::string problem;  // where number is 0: "its folder /a is writable by others (mode 0777)"
  std::string remedy;

  Error as_error(const char* what, const std::filesystem::path& path) const;  // of kind local_file
};

struct WalkRules {
  // Every folder on the way must belong to root or the calling user and be writable by no other user (a sticky folder
  // of root's is fine). Without it that is only asked of the folders on the way to a link. A link itself must always
  // belong to root or the calling user.
  bool folders_are_private = false;
  // With it: root alone counts, not the calling user, and no group may write.
  bool root_alone = false;
  std::optional<Ownership> make_missing = std::nullopt;  // folders
};

// Links are followed to their end, also in the last name.
tl::expected<Place, Obstacle> walk(const std::filesystem::path& path, const WalkRules& rules = {});

// The same to a folder. `name` is ".".
tl::expected<Place, Obstacle> walk_to_folder(const std::filesystem::path& folder, const WalkRules& rules = {});

// Makes a folder with that owner and mode, whatever the umask says. One that is there already stays as it is.
Status make_folder_at(const UniqueFd& folder, const std::string& name, const std::filesystem::path& path,
                      const Ownership& ownership);

}  // namespace muster::platform
