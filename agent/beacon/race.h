// Finds the beacon that answers first and lets the transfer go to it alone (in the spirit of RFC 8305, among
// hosts instead of addresses). TCP connects to all at once, which costs everybody little; TLS with the first that
// accepted, with the next one `stagger` later if that has not finished. The first verified connection carries
// the request; the others are closed before they see any of it. Nobody waits for a dead beacon's time-out.
//
// A state machine: fed with events and time by its owner, on the owner's thread. It never blocks.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "agent/transfer/loop.h"
#include "platform/base/clock.h"

namespace muster::beacon {

struct Runner {
  std::size_t location = 0;  // whose; the owner's index
  transfer::Endpoint endpoint;
  transfer::Terms terms;
  std::function<transfer::Request()> request;  // made when its turn has come; group and socket are set here
};

struct RunnerResult {
  std::size_t location = 0;
  transfer::Outcome outcome;
  bool won = false;  // its connection was the first: the outcome is the transfer's
};

class Race {
 public:
  static constexpr std::size_t most_runners = 50;
  static constexpr milliseconds stagger{25};

  // With a `head_start` the first runner begins alone, on an open connection where the loop has one; the others only
  // when it has failed or that time has passed.
  Race(transfer::Port& port, std::vector<Runner> runners, std::optional<milliseconds> head_start = {});
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;
  ~Race();  // cancels what still runs

  void start(SteadyTime now);
  void on_finished(transfer::ExchangeId id, transfer::Outcome outcome, SteadyTime now);  // others' ids are ignored
  void on_passed(transfer::ExchangeId id);
  void on_time(SteadyTime now);

  bool over() const;
  std::optional<SteadyTime> wakes_at() const;  // when on_time() has something to do
  bool runs(transfer::ExchangeId id) const { return probes_.contains(id) || contenders_.contains(id); }

  // What ended by itself: failures first, in the order of their end, the winner last. Losers are not listed.
  std::vector<RunnerResult>& results() { return results_; }

 private:
  struct Ready {
    std::size_t runner;
    platform::UniqueFd socket;  // empty behind a proxy: the connection is the proxy's affair
  };

  void start_others();
  void probe_or_queue(std::size_t runner);
  void advance(SteadyTime now);
  void launch(Ready ready, SteadyTime now);

  transfer::Port& port_;
  std::vector<Runner> runners_;
  std::optional<milliseconds> head_start_;
  std::optional<SteadyTime> others_at_;  // set: the first runner is alone until then
  transfer::Group group_ = 0;
  std::map<transfer::ExchangeId, std::size_t> probes_;
  std::map<transfer::ExchangeId, std::size_t> contenders_;
  std::vector<microseconds> connect_;  // TCP time by runner, measured by its probe
  std::deque<Ready> ready_;
  std::optional<transfer::ExchangeId> winner_;
  SteadyTime next_launch_{};
  std::vector<RunnerResult> results_;
};

}  // namespace muster::beacon
