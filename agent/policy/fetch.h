// Asks beacons for the policy of this device: one JSON document, or that of an existing beacon with its packages.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "agent/policy/fetch_rules.h"
#include "agent/policy/file_fetch.h"
#include "agent/policy/npl/package_walk.h"

namespace muster::policy {

// A dry run leaves no trace: whatever it fetches stays in memory.
enum class Mode { apply, dry_run };

// The folders that a fetch may write to.
FetchFolders fetch_folders(const std::filesystem::path& state, Mode mode);

// A policy that was fetched.
struct Fetched {
  std::string path;                  // "Policies/default.json"
  std::string location;              // the id of the beacon
  std::string content;               // of a JSON policy
  std::optional<Packages> packages;  // of an existing beacon's
  std::string refusal;               // why its documents are refused; empty: they are not
};

// A state machine on its owner's thread, which hands it the events of the loop.
class Fetch {
 public:
  using Result = FileFetch::Result;

  Fetch(const FetchPlace& place, FetchRules rules, FetchFolders folders);

  void start(SteadyTime now);
  void on_event(transfer::Event& event, SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const { return file_->wakes_at(); }

  bool settled() const { return result_.has_value(); }
  Result result() const { return *result_; }

  // Found.
  const Fetched& fetched() const { return fetched_; }
  const beacon::Location& beacon() const { return *beacon_; }

  // Failed: the file that could not be fetched.
  const FileFetch& file() const { return *file_; }

 private:
  void start_next(SteadyTime now);
  void start_file(const std::string& path, const std::string& name, seconds refresh_period, SteadyTime now);
  void take_settled(SteadyTime now);
  bool take_file(SteadyTime now);
  void finish_packages();

  FetchPlace place_;
  FetchRules rules_;
  FetchFolders folders_;

  std::size_t next_source_ = 0;
  std::unique_ptr<FileFetch> file_;
  std::optional<PackageWalk> walk_;  // of an existing beacon's policy
  std::set<std::string> kept_;       // names of its files

  Fetched fetched_;
  const beacon::Location* beacon_ = nullptr;
  std::optional<Result> result_;
};

}  // namespace muster::policy
