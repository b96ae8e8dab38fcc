// Asks beacons for the policy of this device, then for that of all.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/policy/file_fetch.h"

namespace muster::policy {

// A dry run leaves no trace: whatever it fetches stays in memory.
enum class Mode { apply, dry_run };

// The folders that a fetch may write to.
FetchFolders fetch_folders(const std::filesystem::path& state, Mode mode);

// A state machine on its owner's thread, which hands it the events of the loop.
class Fetch {
 public:
  using Result = FileFetch::Result;

  // A `machine_id` that is no file name has no policy of its own.
  Fetch(const FetchPlace& place, const std::string& machine_id, FetchFolders folders);

  void start(SteadyTime now);
  void on_event(transfer::Event& event, SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const { return file_->wakes_at(); }

  bool settled() const { return result_.has_value(); }
  Result result() const { return *result_; }

  // Found: the content, the beacon and the path, such as "Policies/default.json". Failed: why; see FileFetch.
  const FileFetch& file() const { return *file_; }

 private:
  void start_next(SteadyTime now);
  void take_settled(SteadyTime now);

  FetchPlace place_;
  FetchFolders folders_;
  std::vector<std::string> names_;  // still to be asked for, the last one first
  std::unique_ptr<FileFetch> file_;
  std::optional<Result> result_;
};

// Runs it to its end on this thread.
void run(Fetch& fetch, transfer::PumpedPort& loop);

}  // namespace muster::policy
