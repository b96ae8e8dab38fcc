// Asks beacons for the policy of this device, then for that of all: conditional downloads to state/policy/.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/delivery/download.h"

namespace muster::policy {

// What a fetch works with; all of it outlives the fetch.
struct FetchPlace {
  transfer::PumpedPort& loop;
  const beacon::Locations& locations;
  const transfer::TransferOptions& options;
  beacon::Selector& selector;
};

// A state machine on its owner's thread, which hands it the events of the loop.
class Fetch {
 public:
  enum class Result { found, missing, failed };

  // `state` is the folder where policies are kept between two fetches. A `machine_id` that is no file name has no
  // policy of its own.
  Fetch(const FetchPlace& place, const std::string& machine_id, std::filesystem::path state);

  void start(SteadyTime now);
  void on_event(transfer::Event& event, SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const { return job_ ? job_->wakes_at() : std::nullopt; }

  bool settled() const { return result_.has_value(); }
  Result result() const { return *result_; }

  // Found: where it lies now, from where, and by which beacon; also when it is the one of the last fetch.
  const std::filesystem::path& file() const { return file_; }
  const std::string& path() const { return path_; }  // "Policies/default.json"; also of what failed
  const beacon::Location* beacon() const { return job_ ? job_->beacon() : nullptr; }

  // Failed: the job, or the local error without one.
  const delivery::Job* job() const { return job_.get(); }
  const std::optional<Error>& local_error() const { return local_error_; }

 private:
  void start_next(SteadyTime now);
  void take_settled(SteadyTime now);

  FetchPlace place_;
  std::filesystem::path state_;
  std::vector<std::string> names_;  // still to be asked for, the last one first
  std::unique_ptr<delivery::Download> job_;
  std::string path_;
  std::filesystem::path file_;
  std::optional<Result> result_;
  std::optional<Error> local_error_;
};

// Runs it to its end on this thread.
void run(Fetch& fetch, transfer::PumpedPort& loop);

}  // namespace muster::policy
