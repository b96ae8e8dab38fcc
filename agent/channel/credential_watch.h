// Notices when files have changed since they were last checked: by a snapshot (device, inode, size, times) that is
// cheap enough to compare before every transfer, and for a program that waits by a handle that becomes readable at
// once. Links are followed, so a switched link is a change.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/change_watch.h"
#include "platform/file.h"
#include "ssl/store_watch.h"

namespace muster::channel {

class CredentialWatch {
 public:
  // Its regular files count one by one, as far as `counts` says so of their names.
  struct Folder {
    std::filesystem::path path;
    bool (*counts)(const std::string& name);
  };

  // Empty paths are left out.
  CredentialWatch(std::vector<std::filesystem::path> files, std::vector<Folder> folders);

  // The system's store of certificates in the place of files: see ssl/store_watch.h.
  static CredentialWatch of_store();

  // True when anything was changed, added or removed since the last call, and at the first call; and after a report
  // about a folder on the way to a file, whose mode decides as well.
  bool changed();

  // From now on handle() becomes readable when a file, a link to it or a folder on the way to it changes, also where
  // none of them is there yet. Call take_reports() then. What cannot be watched is logged once.
  void start_reports();
  const platform::UniqueFd& handle() const;  // empty before

  // Whether there was anything; watches what is on the way now.
  bool take_reports();

 private:
  using Snapshot = std::map<std::filesystem::path, std::optional<platform::FileFacts>>;

  Snapshot take_snapshot() const;
  std::set<std::filesystem::path> folders_on_the_way() const;
  void watch_folders();

  std::vector<std::filesystem::path> files_;
  std::vector<Folder> folders_;
  std::optional<Snapshot> last_;

  std::optional<platform::ChangeWatch> reports_;
  std::optional<ssl::StoreWatch> store_;  // instead
  bool reported_ = false;
  std::string problem_;  // why not all is watched; empty: it is
};

}  // namespace muster::channel
