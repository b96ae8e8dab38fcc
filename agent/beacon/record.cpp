#include "agent/beacon/record.h"

#include <algorithm>

namespace muster::beacon {
namespace {

constexpr std::uint64_t enough_for_goodput = 256 << 10;  // bytes; below, the round trip is what was measured
constexpr std::uint64_t small_body = 32 << 10;           // sent within the first round trip, or nearly

double us(microseconds time) { return static_cast<double>(time.count()); }

microseconds ready_after(const transfer::Timing& timing, bool new_connection) {
  return new_connection ? timing.connect + timing.tls : microseconds::zero();
}

bool is_faster(const transfer::Timing& timing, bool new_connection, const PeakAverage& known, WallTime now) {
  return known.known() && us(timing.first_byte - ready_after(timing, new_connection)) < known.at(now);
}

void learn_first_byte(Record& record, const transfer::Timing& timing, bool new_connection, WallTime now) {
  const microseconds ready = ready_after(timing, new_connection);
  if (timing.first_byte > ready) record.answer.add(us(timing.first_byte - ready), now);
}

// Averages go on from numbers that count alone.
void drop_old_numbers(Record& record, WallTime now) {
  if (!record.counts(now)) record.connect = record.tls = record.answer = record.per_byte = {};
}

// Of two holds the one that lasts longer.
void keep_hold(Record& record, const std::optional<RetryAfter>& other, WallTime now) {
  if (!other || !other->lasts(now)) return;
  if (!record.held(now) || other->until > record.hold->until) record.hold = other;
}

}  // namespace

bool Record::avoided(WallTime now, std::uint64_t epoch) const { return penalty && penalty->counts(now, epoch); }

bool Record::on_trial(WallTime now) const { return penalty && penalty->trial_is_due(now); }

std::optional<double> latency(const Record& record, bool with_tls, const Overhead& usual, WallTime now) {
  if (!record.counts(now) || !record.connect.known() || (with_tls && !record.tls.known())) return std::nullopt;
  const double round_trip = record.connect.at(now);
  const double tls = with_tls ? record.tls.at(now) : 0;
  const double answer = record.answer.known() ? record.answer.at(now) : round_trip + usual.answer;
  return round_trip + tls + answer;
}

void learn_connection(Record& record, const transfer::Timing& timing, const std::string& address, WallTime now) {
  if (timing.connect.count() <= 0) return;
  drop_old_numbers(record, now);
  const bool trial = record.penalty && trial_after(record.penalty->fault) == Trial::connection &&
                     (record.penalty->fault != Fault::tls || timing.tls.count() > 0);
  if (trial) {
    record.penalty->end_by_trial();
    record.connect = record.tls = {};  // of worse times
  }
  record.connect.add(us(timing.connect), now);
  if (timing.tls.count() > 0) record.tls.add(us(timing.tls), now);
  if (!address.empty()) record.address = address;
  record.heard = now;
}

void learn_answer(Record& record, const transfer::Outcome& outcome, WallTime now) {
  drop_old_numbers(record, now);
  const transfer::Timing& timing = outcome.timing;
  if (outcome.new_connection) learn_connection(record, timing, outcome.address, now);
  if (is_faster(timing, outcome.new_connection, record.answer, now)) record.answer = {};  // of worse times
  learn_first_byte(record, timing, outcome.new_connection, now);
  record.heard = now;
  if (record.penalty && trial_after(record.penalty->fault) == Trial::request) record.penalty->end_by_trial();
}

void learn_transfer(Record& record, const transfer::Outcome& outcome, std::uint64_t bytes, WallTime now) {
  drop_old_numbers(record, now);
  const transfer::Timing& timing = outcome.timing;
  if (outcome.new_connection) learn_connection(record, timing, outcome.address, now);
  if (outcome.sent <= small_body) learn_first_byte(record, timing, outcome.new_connection, now);
  const microseconds ready = ready_after(timing, outcome.new_connection);
  if (bytes >= enough_for_goodput && timing.total > ready) {
    if (!record.knows_goodput(now)) record.per_byte = {};
    record.per_byte.add(us(timing.total - ready) * 1000 / static_cast<double>(bytes), now);
  }
  record.penalty.reset();
  record.heard = now;
  record.used = now;
}

void learn_delay(Record& record, microseconds spent, WallTime now) {
  drop_old_numbers(record, now);
  const double connect = record.connect.known() ? record.connect.at(now) : 0;
  const double rest = us(spent) - connect;
  record.heard = now;
  // It says how slow it is at least: no news where that is what was expected.
  if (!record.connect.known()) {
    record.connect.add(us(spent), now);
  } else if (!record.tls.known() || rest > record.tls.at(now)) {
    record.tls.add(std::max(rest, 0.0), now);
  }
}

void learn_failure(Record& record, const FailedAttempt& attempt, double random) {
  drop_old_numbers(record, attempt.ended);
  record.penalty = penalty_after(record.penalty, attempt, random);
  record.heard = attempt.ended;
}

void learn_hold(Record& record, int status, seconds asked, WallTime now) {
  if (asked > seconds::zero())
    keep_hold(record, RetryAfter{status, now, now + std::min<seconds>(asked, RetryAfter::longest)}, now);
}

WallTime heard_by(const Record& record, WallTime now) { return record.heard > now ? WallTime{} : record.heard; }

void take_newer(Record& ours, const Record& theirs, WallTime now) {
  const std::optional<RetryAfter> former = ours.hold;
  if (heard_by(theirs, now) > heard_by(ours, now)) ours = theirs;
  keep_hold(ours, former, now);
  keep_hold(ours, theirs.hold, now);
}

}  // namespace muster::beacon
