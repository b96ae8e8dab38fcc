// Finds the beacon that answers first and lets the transfer go to it alone (in the spirit of RFC 8305, among
// hosts instead of addresses). Runners join when the choice says so, or as soon as all before them have failed. Where
// several run, TCP connects to all of them, which is cheap for device and beacons. TLS begins with the nearest, by the
// time that its TCP connection took, and with the next ones each time a little later while none has finished. The first
// verified connection carries the request; the others are closed before they see any of it.
//
// A state machine: fed with events and time by its owner, on the owner's thread. It never blocks. What events bring is
// acted upon in on_time(), so that of several that come together the best is chosen.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "agent/beacon/stagger.h"
#include "agent/transfer/loop.h"
#include "platform/base/clock.h"

namespace muster::beacon {

struct Runner {
  std::size_t location = 0;  // whose; the owner's index
  transfer::Endpoint endpoint;
  transfer::TransferOptions options;
  milliseconds starts_after{0};                // since the start of the race; never less than of the one before
  milliseconds patience{0};                    // silent for so long while another one got ready: it was late
  std::function<transfer::Request()> request;  // made when its turn has come; group and socket are set here
};

struct RunnerResult {
  std::size_t location = 0;
  transfer::Outcome outcome;
  bool won = false;  // its connection was the first: the outcome is the transfer's
};

// What the race saw of one that did not end by itself.
struct Sighting {
  std::size_t location = 0;
  transfer::Timing timing;  // of its TCP connection, where there was one
  std::string address;
  bool late = false;
};

class Race {
 public:
  static constexpr std::size_t max_runners = 50;
  // TLS handshakes at the same time. One that has been silent for so long does not count: frozen beacons, however many,
  // keep no other one out.
  static constexpr std::size_t max_contenders = 8;
  static constexpr seconds frozen_after{1};

  Race(transfer::Port& port, std::vector<Runner> runners);
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;
  ~Race();  // cancels what still runs

  void start(SteadyTime now);
  void on_finished(transfer::ExchangeId id, transfer::Outcome outcome, SteadyTime now);  // others' ids are ignored
  void on_passed(transfer::ExchangeId id, SteadyTime now);
  void on_time(SteadyTime now);

  bool over() const;
  bool has_winner() const { return winner_.has_value(); }  // the request goes out, or has gone
  std::optional<SteadyTime> wakes_at() const;              // when on_time() has something to do; it may have passed
  bool runs(transfer::ExchangeId id) const { return probes_.contains(id) || contenders_.contains(id); }

  std::optional<std::size_t> location_of(transfer::ExchangeId id) const;  // of one that was given the request

  // What ended by itself: failures first, in the order of their end, the winner last. Losers are not listed.
  std::vector<RunnerResult>& results() { return results_; }
  // When it is over: what was seen of the others. Connections that were still being made go on until then.
  std::vector<Sighting> sightings(SteadyTime now) const;

 private:
  struct Ready {
    std::size_t runner;
    microseconds connect;
    platform::UniqueFd socket;  // empty behind a proxy: the connection is the proxy's affair
  };
  struct Seen {
    transfer::Timing timing;
    std::string address;
    std::optional<SteadyTime> probed;    // since when TCP has been connecting
    std::optional<SteadyTime> launched;  // since when it has been a contender
    bool ended = false;                  // by itself: in the results
  };

  void join(SteadyTime now);
  void probe_or_queue(std::size_t runner, SteadyTime now);
  void probe_finished(std::size_t runner, transfer::Outcome outcome, SteadyTime now);
  void contender_finished(transfer::ExchangeId id, std::size_t runner, transfer::Outcome outcome, SteadyTime now);
  void launch(Ready ready, SteadyTime now);
  std::optional<SteadyTime> launches_at() const;
  SteadyTime room_at() const;  // for one more contender
  bool is_late(std::size_t runner, SteadyTime now) const;
  bool nothing_runs() const { return probes_.empty() && contenders_.empty() && ready_.empty(); }

  transfer::Port& port_;
  std::vector<Runner> runners_;
  transfer::Group group_ = 0;
  SteadyTime began_{};
  std::vector<RunnerResult> results_;

  // Who runs. Runners have joined from the first one on.
  std::size_t joined_ = 0;
  std::vector<Seen> seen_;  // by runner
  std::map<transfer::ExchangeId, std::size_t> probes_;
  std::map<transfer::ExchangeId, std::size_t> contenders_;
  std::vector<Ready> ready_;  // the nearest first
  Stagger stagger_;           // when the next of them becomes a contender

  std::optional<transfer::ExchangeId> winner_;
  SteadyTime won_at_{};
};

}  // namespace muster::beacon
