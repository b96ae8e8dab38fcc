// Tells whether files have changed since they were last looked at, by device, inode, size and times: cheap enough
// to ask before every transfer. Links are followed, so a switched link is a change.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/file.h"

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

  // True when anything was changed, added or removed since the last call, and at the first call.
  bool changed();

 private:
  using Snapshot = std::map<std::filesystem::path, std::optional<platform::FileFacts>>;
  Snapshot look() const;

  std::vector<std::filesystem::path> files_;
  std::vector<Folder> folders_;
  std::optional<Snapshot> last_;
};

}  // namespace muster::channel
