// Asks beacons whether there is an update for this device, and stages it: both statements and the package, in the
// agent's own folder. Nothing is installed here; root's step verifies all of it again.
#pragma once

#include <memory>
#include <optional>

#include "agent/delivery/download.h"
#include "agent/policy/file_fetch.h"
#include "agent/policy/update/judgement.h"
#include "agent/policy/update/places.h"

namespace muster::update {

// What a check works with, beside the place that it fetches from.
struct CheckRules {
  Places places;
  bool by_package = false;  // the system's package tool installed this program, and installs the next one
  Device device;
  Past past;
  Keys keys;
};

// A state machine on its owner's thread, which hands it the events of the loop.
class Check {
 public:
  enum class Result {
    none,     // no beacon serves updates
    waits,    // refusal() says for what
    refused,  // refusal() says why
    staged,   // release() lies in the staged folder, whole and verified
    failed,   // error() or job() says why; it may work the next time
  };

  Check(const policy::FetchPlace& place, CheckRules rules);

  void start(SteadyTime now);
  void on_event(transfer::Event& event, SteadyTime now);
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const;

  const CheckRules& rules() const { return rules_; }

  bool settled() const { return result_.has_value(); }
  Result result() const { return *result_; }
  const Refusal& refusal() const { return refusal_; }
  const std::optional<Release>& release() const { return release_; }                   // once its statement was read
  WallTime freshness() const { return freshness_ ? freshness_->issued : WallTime(); }  // of a statement that was good

  // Whether a beacon has answered: a handshake went well.
  bool reached_beacon() const { return reached_beacon_; }

  // Failed: what was fetched last, and the job, or the local error without one.
  const std::string& path() const { return path_; }
  const delivery::Job* job() const;
  const std::optional<Error>& error() const { return error_; }

 private:
  void fetch(std::string path, const char* name, SteadyTime now);
  void fetch_package(SteadyTime now);
  void take_settled(SteadyTime now);
  void take_file(SteadyTime now);
  void take_freshness(SteadyTime now);
  void take_release(SteadyTime now);
  void take_package();
  void refuse(Refusal refusal);
  void fail_with(Error error);
  void note_reached(const delivery::Job* job);

  policy::FetchPlace place_;
  CheckRules rules_;

  // What is fetched: a statement, or the package.
  std::string path_;
  std::unique_ptr<policy::FileFetch> file_;
  std::unique_ptr<delivery::Download> package_;

  // What came of it.
  std::optional<Freshness> freshness_;
  std::optional<Release> release_;
  bool reached_beacon_ = false;
  std::optional<Result> result_;
  Refusal refusal_;
  std::optional<Error> error_;
};

}  // namespace muster::update
