#include "agent/beacon/record.h"

#include <algorithm>

namespace muster::beacon {
namespace {

constexpr std::uint64_t small_body = 32 << 10;  // sent within the first round trip, or nearly

double us(microseconds time) { return static_cast<double>(time.count()); }

microseconds ready_after(const transfer::Outcome& outcome) {
  return outcome.new_connection ? outcome.timing.connect + outcome.timing.tls : microseconds::zero();
}

void learn_first_byte(Record& record, const transfer::Outcome& outcome, WallTime now) {
  const microseconds ready = ready_after(outcome);
  if (outcome.timing.first_byte <= ready) return;
  record.answer.add(us(outcome.timing.first_byte - ready), now);

  const bool has_tls = record.tls.known(now);
  const auto whole = latency(record, has_tls, now);
  if (whole && whole->measured) record.best_latency.add(whole->us, now);
}

// Of two waits the one that lasts longer.
void keep_longer(Record& record, const std::optional<RetryAfter>& other, WallTime now) {
  if (!other || !other->lasts(now)) return;
  if (!record.deferred(now) || other->until > record.retry_after->until) record.retry_after = other;
}

}  // namespace

bool Record::avoided(WallTime now, std::uint64_t epoch) const { return penalty && penalty->counts(now, epoch); }

std::optional<double> Record::goodput_cost(WallTime now) const {
  if (!per_byte.known(now)) return std::nullopt;
  const bool old = now - per_byte.time() >= goodput_holds;
  return old && best_per_byte.known(now) ? best_per_byte.value() : per_byte.value();
}

std::optional<Latency> latency(const Record& record, bool with_tls, WallTime now) {
  if (!record.connect.known(now)) return std::nullopt;
  const double round_trip = record.connect.value();
  const auto part = [&](const Average& average) { return average.known(now) ? average.value() : round_trip; };

  Latency latency;
  latency.us = round_trip + (with_tls ? part(record.tls) : 0) + part(record.answer);
  latency.measured = record.answer.known(now) && (!with_tls || record.tls.known(now));
  return latency;
}

milliseconds patience_with(const Record& record, WallTime now) {
  if (!record.connect.known(now)) return min_patience;
  const double round_trip = record.connect.value();
  const double handshake = record.tls.known(now) ? record.tls.value() : round_trip;
  const double most_us = std::max(6 * round_trip, 2 * (round_trip + handshake));
  return std::clamp(milliseconds(static_cast<long>(most_us / 1000)), min_patience, max_patience);
}

void learn_connection(Record& record, const transfer::Timing& timing, const std::string& address, WallTime now) {
  record.heard = now;
  if (timing.connect <= microseconds::zero()) return;

  record.connect.add(us(timing.connect), now);
  if (timing.tls > microseconds::zero()) record.tls.add(us(timing.tls), now);
  if (!address.empty()) record.address = address;
  const bool with_tls = timing.tls > microseconds::zero();
  if (record.penalty && ends_with_connection(record.penalty->fault, with_tls)) record.penalty->end_by_trial();
}

void learn_answer(Record& record, const transfer::Outcome& outcome, WallTime now) {
  if (outcome.new_connection) learn_connection(record, outcome.timing, outcome.address, now);
  if (outcome.turned) record.turned = now;
  learn_first_byte(record, outcome, now);
  record.heard = now;
  if (record.penalty && is_tried_in_background(record.penalty->fault)) record.penalty->end_by_trial();
}

void learn_transfer(Record& record, const transfer::Outcome& outcome, std::uint64_t bytes, WallTime now) {
  if (outcome.new_connection) learn_connection(record, outcome.timing, outcome.address, now);
  if (outcome.turned) record.turned = now;
  if (outcome.sent <= small_body) learn_first_byte(record, outcome, now);

  const microseconds moving = outcome.timing.total - ready_after(outcome);
  if (bytes >= enough_for_goodput && moving > microseconds::zero()) {
    record.per_byte.add(us(moving) * 1000 / static_cast<double>(bytes), now);
    record.best_per_byte.add(record.per_byte.value(), now);
  }

  record.penalty.reset();
  record.heard = now;
  record.used = now;
}

void learn_failure(Record& record, const FailedAttempt& attempt, double random) {
  record.penalty = penalty_after(record.penalty, attempt, random);
  record.heard = attempt.ended;
}

void learn_retry_after(Record& record, int status, seconds asked, WallTime now) {
  if (asked <= seconds::zero()) return;
  keep_longer(record, RetryAfter{status, now, now + std::min<seconds>(asked, RetryAfter::max_wait)}, now);
}

WallTime heard_by(const Record& record, WallTime now) { return record.heard > now ? WallTime{} : record.heard; }

void take_newer(Record& ours, const Record& theirs, WallTime now) {
  const std::optional<RetryAfter> former = ours.retry_after;
  if (heard_by(theirs, now) > heard_by(ours, now)) ours = theirs;
  keep_longer(ours, former, now);
  keep_longer(ours, theirs.retry_after, now);
}

}  // namespace muster::beacon
