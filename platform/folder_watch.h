// Reports files that appear in folders, without polling.
#pragma once

#include <filesystem>
#include <memory>
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
      file,     // complete: written and closed, or moved in
      name,     // a new name of a file: one that is about to be written, or a further name (link) of a complete one
      written,  // content was added or cut off, and the writer goes on; only where writes are followed
      folder,   // made or moved in
      lost,     // something was missed, or the folder went away, or another one is mounted over it: scan all of it
    };
    Kind kind = Kind::file;
    std::filesystem::path folder;
    std::string name;
  };

  // `follow_writes`: each write is reported, and wakes the process.
  static Result<FolderWatch> make(bool follow_writes = false);

  FolderWatch(FolderWatch&& other) noexcept;
  FolderWatch& operator=(FolderWatch&& other) noexcept;
  ~FolderWatch();

  Status add(const std::filesystem::path& folder);  // no harm when it is watched already
  std::vector<Change> changes();                    // since the last call
  const UniqueFd& handle() const;                   // readable when there are changes

 private:
  struct State;
  explicit FolderWatch(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace muster::platform
