// Where the history is kept: state/beacons. Commands and the agent share it. Losing it costs a race, so it is renamed
// into place without waiting for the disk.
#pragma once

#include <filesystem>

#include "agent/beacon/history.h"
#include "platform/base/result.h"
#include "platform/file.h"

namespace muster::beacon {

class HistoryFile {
 public:
  explicit HistoryFile(const std::filesystem::path& state) : file_(state / "beacons") {}

  // Empty when there is none, or none that may be read. A damaged one is set aside as beacons.damaged, with a warning.
  History load();
  // Another process has written it since it was last loaded or saved here.
  bool changed() const;

  // Merges `ours` with what others wrote meanwhile, writes that, and returns it. Without write access to the folder the
  // history is read only: an error that costs nothing but the memory.
  Result<History> save(const History& ours, WallTime now);

 private:
  std::optional<History> read();
  History load_locked();

  std::filesystem::path file_;
  std::optional<platform::FileFacts> seen_;
};

}  // namespace muster::beacon
