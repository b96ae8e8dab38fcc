// One transfer until it is settled: beacons are raced, and where one fails the rest is raced again, until one has
// settled it or none is left. Each beacon is tried at most once. A state machine without waiting; one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/beacon/location.h"
#include "agent/beacon/race.h"
#include "agent/transfer/loop.h"

namespace muster::delivery {

struct Failure {
  std::size_t location = 0;  // index into the locations
  transfer::Outcome outcome;
};

class Job {
 public:
  enum class Next { done, elsewhere, again, stop };  // again: the same beacon may be asked once more

  // `locations` outlives the job and is in the order of preference.
  Job(transfer::Port& port, const beacon::Locations& locations, const transfer::Terms& terms);
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  void start(SteadyTime now);
  void on_event(transfer::Event& event, SteadyTime now);  // events of others are ignored
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const;
  bool settled() const { return settled_; }

  // After it is settled: the beacon that did it, or nothing when all failed.
  const beacon::Location* beacon() const { return beacon_ ? &locations_[*beacon_] : nullptr; }
  const transfer::Outcome& outcome() const { return outcome_; }
  const std::vector<Failure>& failures() const { return failures_; }
  const beacon::Locations& locations() const { return locations_; }

  std::function<void(const transfer::Progress&)> on_progress;  // may be empty

 protected:
  // Before a race, while nothing runs: what request_for() needs and the loop's thread may change later.
  virtual void prepare() {}
  virtual transfer::Request request_for(const beacon::Location& location) = 0;
  // Judges a transfer that got through to a beacon, or failed there; may finish the work on the local side.
  virtual Next judge(transfer::Outcome& outcome) = 0;
  const transfer::Terms& terms() const { return terms_; }

 private:
  void race(SteadyTime now);
  void take_results(SteadyTime now);

  transfer::Port& port_;
  const beacon::Locations& locations_;
  transfer::Terms terms_;
  std::vector<bool> tried_;
  std::vector<bool> asked_again_;
  std::unique_ptr<beacon::Race> race_;
  bool settled_ = false;
  std::optional<std::size_t> beacon_;
  transfer::Outcome outcome_;
  std::vector<Failure> failures_;
};

// Runs one job to its end on this thread.
void run(transfer::Loop& loop, Job& job);

}  // namespace muster::delivery
