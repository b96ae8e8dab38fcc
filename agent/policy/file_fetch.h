// One file below the download location of a beacon, and its content.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "agent/beacon/selector.h"
#include "agent/delivery/job.h"

namespace muster::policy {

// What a fetch works with; all of it outlives the fetch.
struct FetchPlace {
  transfer::PumpedPort& loop;
  const beacon::Locations& locations;
  const transfer::TransferOptions& options;
  beacon::Selector& selector;
};

// Where files are kept between two fetches, for conditional requests. Empty: nothing is kept, and nothing is written.
struct FetchFolders {
  std::filesystem::path files;    // state/policy
  std::filesystem::path records;  // state/downloads
};

struct FileLimits {
  std::uint64_t max_size = 0;  // bytes
  // A file that a beacon was asked for so recently is not asked for again; 0: always.
  seconds refresh_period{0};
};

// A state machine on its owner's thread, which hands it the events of the loop.
class FileFetch {
 public:
  enum class Result { found, missing, failed };

  // `path` is below the download location, `name` that of the file in the folder.
  FileFetch(const FetchPlace& place, std::string path, const std::string& name, const FetchFolders& folders,
            const FileLimits& limits);
  ~FileFetch();
  FileFetch(const FileFetch&) = delete;
  FileFetch& operator=(const FileFetch&) = delete;

  void start(SteadyTime now);
  void on_event(transfer::Event& event, SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const { return job_ ? job_->wakes_at() : std::nullopt; }

  bool settled() const { return result_.has_value(); }
  Result result() const { return *result_; }
  const std::string& path() const { return path_; }

  // Found: the content, also when it is that of the last fetch, and the beacon that has it; null: none was asked.
  const std::string& content() const { return content_; }
  const beacon::Location* beacon() const { return job_ ? job_->beacon() : nullptr; }

  // Failed: the job, or the local error without one.
  const delivery::Job* job() const { return job_.get(); }
  const std::optional<Error>& local_error() const { return local_error_; }

 private:
  class Memory;

  void fail_with(Error error);
  bool take_recent();
  void note_asked() const;
  std::filesystem::path stamp() const;
  void take_settled();

  FetchPlace place_;
  std::string path_;
  std::filesystem::path file_;  // empty: it is kept in memory alone
  std::filesystem::path records_;
  FileLimits limits_;

  std::shared_ptr<Memory> memory_;
  std::unique_ptr<delivery::Job> job_;
  std::string content_;
  std::optional<Result> result_;
  std::optional<Error> local_error_;
};

// Runs a fetch to its end on this thread: that of one file, of a policy, of an update.
template <class Fetch>
void run(Fetch& fetch, transfer::PumpedPort& loop) {
  constexpr std::chrono::hours forever{24};
  fetch.start(steady_now());
  while (!fetch.settled()) {
    if (auto event = loop.next(fetch.wakes_at().value_or(steady_now() + forever))) {
      fetch.on_event(*event, steady_now());
    } else {
      fetch.on_time(steady_now());
    }
  }
}

}  // namespace muster::policy
