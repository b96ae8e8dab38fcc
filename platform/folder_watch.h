// Tells when files appear in folders, without polling.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/unique_fd.h"

namespace muster::platform {

// One thread.
class FolderWatch {
 public:
  struct Change {
    enum class Kind {
      file,    // complete: written and closed, or moved in
      name,    // a new name of a file: one that is about to be written, or a further name (link) of a complete one
      folder,  // made or moved in
      lost,    // something was missed, or the folder went away: look at all of it
    };
    Kind kind = Kind::file;
    std::filesystem::path folder;
    std::string name;
  };

  static Result<FolderWatch> make();

  Status add(const std::filesystem::path& folder);  // no harm when it is watched already
  std::vector<Change> changes();                    // since the last call
  const UniqueFd& handle() const { return handle_; }

 private:
  explicit FolderWatch(UniqueFd handle) : handle_(std::move(handle)) {}
  UniqueFd handle_;
  std::map<int, std::filesystem::path> folders_;
};

}  // namespace muster::platform
