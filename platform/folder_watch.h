// Reports files that appear in folders, without polling.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
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

  Status add(const std::filesystem::path& folder);  // no harm when it is watched already
  std::vector<Change> changes();                    // since the last call
  const UniqueFd& handle() const { return handle_; }

 private:
  struct Folder {
    std::filesystem::path path;
    std::pair<std::uint64_t, std::uint64_t> identity;  // device and inode
  };

  FolderWatch(UniqueFd events, bool follow_writes) : events_(std::move(events)), follow_writes_(follow_writes) {}
  void watch_mounts();
  bool mounts_changed() const;
  void report_covered(std::vector<Change>& changes);
  void forget(int number);

  UniqueFd handle_;  // readable when there are events, or when something was mounted
  UniqueFd events_;
  UniqueFd mounts_;         // wakes the process
  UniqueFd mount_changes_;  // tells what happened: a poll takes a change, and the system polls the other one
  bool follow_writes_;
  std::map<int, Folder> folders_;
};

}  // namespace muster::platform
