// What is known of one location in one direction on one network: averages of real connections and transfers, and why
// it is avoided, if it is. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/beacon/average.h"
#include "agent/beacon/fault.h"
#include "agent/beacon/retry_after.h"
#include "agent/transfer/outcome.h"

namespace muster::beacon {

// Smaller transfers measure the round trip, and not the goodput.
inline constexpr std::uint64_t enough_for_goodput = 256 << 10;  // bytes

struct Record {
  static constexpr std::chrono::hours worth_keeping{24 * 365};
  static constexpr std::chrono::hours goodput_holds{24};

  // Costs.
  Average connect;   // microseconds of TCP
  Average tls;       // microseconds of the handshake after it; none where the location has no TLS
  Average answer;    // microseconds from a request to the first byte of its answer
  Average per_byte;  // nanoseconds; only of transfers large enough to count

  // The best of them lately.
  Lowest best_latency;   // microseconds: the first three together
  Lowest best_per_byte;  // nanoseconds

  WallTime heard{};     // last asked, with whatever result; the epoch: never
  WallTime used{};      // end of the last transfer that succeeded
  std::string address;  // of the last connection; empty: unknown
  WallTime turned{};    // when the IP version that is preferred was last found not to do; the epoch: never

  std::optional<Penalty> penalty;
  std::optional<RetryAfter> retry_after;

  bool kept(WallTime now) const { return heard <= now && now - heard < worth_keeping; }
  bool never_heard(WallTime now) const { return heard == WallTime{} || heard > now; }
  bool avoided(WallTime now, std::uint64_t epoch) const;
  bool deferred(WallTime now) const { return retry_after && retry_after->lasts(now); }
  // The penalty is over, and whether its reason is as well has to be found out.
  bool on_trial(WallTime now) const { return penalty && penalty->trial_is_due(now); }
  // The preferred IP version is left out for so long.
  bool other_family_first(WallTime now) const { return turned <= now && now - turned < std::chrono::hours(1); }
  // Slower than it should be, and yet the last thing that is known of it is that a transfer arrived.
  bool delivers_slowly() const { return penalty && penalty->fault == Fault::slow && used == heard; }

  // Nanoseconds. After a day without a large transfer the best of the last week counts: a transfer measures it.
  std::optional<double> goodput_cost(WallTime now) const;
};

// Time to the first byte on a new connection.
struct Latency {
  double us = 0;
  bool measured = false;  // false: a part that was not measured counts as the location's own round trip
};

// nullopt where not even the round trip is known.
std::optional<Latency> latency(const Record& record, bool with_tls, WallTime now);

// How long the beacon may be silent until that is a fault: six round trips or twice what connecting usually takes.
inline constexpr milliseconds min_patience{250};  // TCP and TLS of a busy beacon that is no dead one
inline constexpr milliseconds max_patience{1000};
milliseconds patience_with(const Record& record, WallTime now);

// A connection was made, alone or for a transfer; zero where a part was not measured.
void learn_connection(Record& record, const transfer::Timing& timing, const std::string& address, WallTime now);
// A request in the background was answered, with whatever status.
void learn_answer(Record& record, const transfer::Outcome& outcome, WallTime now);
// A transfer of `bytes` succeeded.
void learn_transfer(Record& record, const transfer::Outcome& outcome, std::uint64_t bytes, WallTime now);
void learn_failure(Record& record, const FailedAttempt& attempt, double random);
// An answer asked clients to wait for `asked`, obeyed up to a day. An earlier, longer wait is not cut short.
void learn_retry_after(Record& record, int status, seconds asked, WallTime now);

// Of two records of one location what was heard last, and the wait that lasts longer. What claims to be from the future
// (a clock that went back) counts as oldest.
void take_newer(Record& ours, const Record& theirs, WallTime now);
WallTime heard_by(const Record& record, WallTime now);  // the epoch where it is from the future

}  // namespace muster::beacon
