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
#include "agent/beacon/selector.h"
#include "agent/delivery/retry_policy.h"
#include "agent/transfer/loop.h"

namespace muster::delivery {

class Job {
 public:
  enum class Next {
    done,
    elsewhere,
    again,      // the same beacon, twice at most
    ask_again,  // of an answer to a question: the same question, a second later
    stop,
  };

  // `locations` and `selector` outlive the job. The selector chooses, and learns how this job went.
  Job(transfer::Port& port, const beacon::Locations& locations, const transfer::TransferOptions& options,
      beacon::Selector& selector);
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job();

  void start(SteadyTime now);  // again after it has failed everywhere: forgets what failed and asks all once more
  void on_event(transfer::Event& event, SteadyTime now);  // events of others are ignored
  void on_time(SteadyTime now);
  std::optional<SteadyTime> wakes_at() const;
  bool owns(transfer::ExchangeId id) const {
    return (race_ && race_->runs(id)) || (question_ && !question_->due && question_->id == id);
  }
  bool settled() const { return settled_; }
  bool reached_beacon() const { return question_ || (race_ && race_->has_winner()); }
  bool may_try_again() const { return !stopped_; }  // false: no beacon can do it any more

  // After it is settled: the beacon that did it, or nothing when all failed.
  const beacon::Location* beacon() const { return beacon_ ? &locations_[*beacon_] : nullptr; }
  const transfer::Outcome& outcome() const { return outcome_; }
  const std::vector<Failure>& failures() const { return failures_; }
  // It was settled without asking any: all asked to be left alone, and this is the one that may be asked first.
  struct Held {
    std::size_t location = 0;
    beacon::RetryAfter hold;
  };
  const std::optional<Held>& held() const { return held_; }
  // What follows from its failure, and how long the beacons want to be left alone; zero where one of them does not.
  Verdict verdict() const { return held_ ? Verdict::again : verdict_of(failures_); }
  seconds asked_wait(WallTime now) const;
  const beacon::Locations& locations() const { return locations_; }
  const transfer::TransferOptions& options() const { return options_; }

  std::function<void(const transfer::Progress&, const beacon::Location&)> on_progress;  // may be empty

 protected:
  // Before a race, while nothing runs: what request_for() needs and the loop's thread may change later.
  virtual void prepare() {}
  virtual transfer::Request request_for(const beacon::Location& location) = 0;
  // Judges a transfer that got through to a beacon, or failed there; may finish the work on the local side.
  virtual Next judge(const beacon::Location& location, transfer::Outcome& outcome) = 0;
  // After a good answer: one more question to the same beacon before the work counts as done, and its judge.
  virtual std::optional<transfer::Request> question(const beacon::Location&) { return std::nullopt; }
  virtual Next judge_answer(const beacon::Location&, transfer::Outcome&) { return Next::done; }
  // Not to be asked at all, as if it had failed so.
  virtual std::optional<transfer::Outcome> excluded(const beacon::Location&) const { return std::nullopt; }
  // The fault may be that of what was asked for, unless another beacon has it: no penalty until that is known.
  virtual bool may_be_about_the_resource(const transfer::Outcome&) const { return false; }
  virtual std::uint64_t bytes_to_move() const { return 0; }  // for the choice; 0: unknown

 private:
  struct Question {
    transfer::ExchangeId id = 0;
    std::size_t location = 0;
    transfer::Outcome outcome;      // of the transfer that it is about
    std::optional<SteadyTime> due;  // to be asked then; `id` is of no exchange before
  };

  // By location.
  struct Attempts {
    std::vector<bool> tried;
    std::vector<unsigned> repeated;
  };

  beacon::Runner runner_for(const beacon::Place& place);
  void race(SteadyTime now);
  void take_results(SteadyTime now);
  void learn_sightings(const beacon::Race& race, SteadyTime now);
  void decide(std::size_t location, transfer::Outcome outcome, Next next);
  void succeed(std::size_t location, transfer::Outcome outcome);
  void learn_failure(std::size_t location, const transfer::Outcome& outcome);
  bool ask(std::size_t location, transfer::Outcome& outcome);
  void take_answer(transfer::Outcome& answer, SteadyTime now);
  void ask_again_if_due(SteadyTime now);
  void finish_or_race(Next next, SteadyTime now);

  transfer::Port& port_;
  const beacon::Locations& locations_;
  transfer::TransferOptions options_;
  beacon::Selector& selector_;
  Attempts attempts_;
  std::unique_ptr<beacon::Race> race_;
  std::optional<WallTime> race_began_;  // the last one since start()
  std::optional<Question> question_;
  bool settled_ = false;
  bool stopped_ = false;
  std::optional<std::size_t> beacon_;
  transfer::Outcome outcome_;
  std::vector<Failure> failures_;
  std::optional<Held> held_;
};

}  // namespace muster::delivery
