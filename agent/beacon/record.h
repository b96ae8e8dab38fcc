// What is known of one location in one direction on one network: averages of real connections and transfers, and why
// it is avoided, if it is. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/beacon/fault.h"
#include "agent/beacon/peak_average.h"
#include "agent/beacon/retry_after.h"
#include "agent/transfer/outcome.h"

namespace muster::beacon {

struct Record {
  static constexpr std::chrono::hours numbers_hold{24 * 7};
  static constexpr std::chrono::hours worth_keeping{24 * 365};
  static constexpr std::chrono::hours goodput_holds{24};

  PeakAverage connect;   // microseconds of TCP
  PeakAverage tls;       // microseconds of the handshake after it; none where the location has no TLS
  PeakAverage answer;    // microseconds from a request to the first byte of its answer
  PeakAverage per_byte;  // nanoseconds; only of transfers large enough to tell
  WallTime heard{};      // of anything above, or of a failure; the epoch: never
  WallTime used{};       // of the last transfer that went well
  std::optional<Penalty> penalty;
  std::optional<RetryAfter> hold;
  std::string address;  // of the last connection; empty: unknown

  // Old numbers, and numbers from the future of a clock that went back, count as none.
  bool counts(WallTime now) const { return heard <= now && now - heard < numbers_hold; }
  // Far longer: a location that is forgotten is new, and new ones are looked at.
  bool kept(WallTime now) const { return heard <= now && now - heard < worth_keeping; }
  // Only a transfer refreshes a goodput, and none goes where it was bad: after a day it is not known any more.
  bool knows_goodput(WallTime now) const { return per_byte.known() && now - per_byte.time() < goodput_holds; }
  bool avoided(WallTime now, std::uint64_t epoch) const;
  bool held(WallTime now) const { return hold && hold->lasts(now); }
  // Slower than it should be, and yet what is heard of it is that a transfer arrived.
  bool delivers_slowly() const { return penalty && penalty->fault == Fault::slow && used == heard; }
  // The penalty is over, and whether its reason is must still be found out by connecting.
  bool on_trial(WallTime now) const;
};

// Time to the first byte on a new connection, in microseconds, where connect and handshake have been measured.
struct Overhead {
  double tls = 0;     // what a handshake takes beyond its round trip, in microseconds
  double answer = 0;  // the same of an answer
};
std::optional<double> latency(const Record& record, bool with_tls, const Overhead& usual, WallTime now);

// A connection was made, alone or for a transfer; zero where a part was not measured.
void learn_connection(Record& record, const transfer::Timing& timing, const std::string& address, WallTime now);
// A request in the background was answered, with whatever status.
void learn_answer(Record& record, const transfer::Outcome& outcome, WallTime now);
// A transfer of `bytes` went well.
void learn_transfer(Record& record, const transfer::Outcome& outcome, std::uint64_t bytes, WallTime now);
// It was given up as others were faster; so far it had taken `spent` without being ready.
void learn_delay(Record& record, microseconds spent, WallTime now);
void learn_failure(Record& record, const FailedAttempt& attempt, double random);
// An answer asked to stay away for `asked`, obeyed up to a day. What was asked before is not cut short.
void learn_hold(Record& record, int status, seconds asked, WallTime now);
// Of two records of one location what was heard last, and the hold that lasts longer. What claims to be from the future
// (a clock that went back) counts as oldest.
void take_newer(Record& ours, const Record& theirs, WallTime now);
WallTime heard_by(const Record& record, WallTime now);  // the epoch where it is from the future

}  // namespace muster::beacon
