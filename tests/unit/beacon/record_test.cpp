#include "agent/beacon/record.h"

#include <catch2/catch.hpp>

using namespace muster;
using beacon::Fault;
using beacon::Record;

namespace {

const WallTime noon{std::chrono::hours(500'000)};
const WallTime later = noon + std::chrono::hours(2);
constexpr double middle = 0.5;

Record failed(Fault fault) {
  Record record;
  learn_failure(record, {fault, noon, noon, seconds(0), 1}, middle);
  return record;
}

transfer::Timing timing(int connect_ms, int tls_ms, int first_byte_ms = 0) {
  return {milliseconds(connect_ms), milliseconds(tls_ms), milliseconds(first_byte_ms), milliseconds(first_byte_ms)};
}

transfer::Outcome answered(const transfer::Timing& timing) {
  transfer::Outcome outcome;
  outcome.cause = transfer::Cause::answered;
  outcome.reply.status = 404;
  outcome.new_connection = true;
  outcome.timing = timing;
  return outcome;
}

}  // namespace

TEST_CASE("a connection ends the trial of what could not be connected to", "[record]") {
  for (const Fault fault : {Fault::name, Fault::connect}) {
    Record record = failed(fault);
    REQUIRE(record.on_trial(later));
    learn_connection(record, timing(5, 0), "", later);
    CHECK_FALSE(record.on_trial(later));
    CHECK_FALSE(record.avoided(later, 1));
  }
}

TEST_CASE("after a failed handshake and after silence only a handshake ends the trial", "[record]") {
  for (const Fault fault : {Fault::tls, Fault::late}) {
    Record record = failed(fault);
    learn_connection(record, timing(5, 0), "", later);
    CHECK(record.on_trial(later));
    learn_connection(record, timing(5, 5), "", later);
    CHECK_FALSE(record.on_trial(later));
  }
}

TEST_CASE("a connection that was given up is no sample", "[record]") {
  Record record;
  learn_connection(record, {}, "", noon);
  CHECK(record.heard == noon);
  CHECK_FALSE(record.connect.known(noon));
}

TEST_CASE("after a day the best goodput of the last week counts, so that a transfer measures it", "[record]") {
  Record record;
  transfer::Outcome outcome = answered({milliseconds(5), milliseconds(5), milliseconds(15), milliseconds(20)});
  learn_transfer(record, outcome, 1'000'000, noon);
  outcome.timing.total = milliseconds(10'010);
  learn_transfer(record, outcome, 1'000'000, noon + std::chrono::hours(1));
  CHECK(record.goodput_cost(noon + std::chrono::hours(20)) > 1000.0);
  CHECK(record.goodput_cost(noon + std::chrono::hours(26)) == Approx(10));
  CHECK(record.goodput_cost(noon + std::chrono::hours(24 * 8)) > 1000.0);
  CHECK_FALSE(record.goodput_cost(noon + std::chrono::hours(24 * 30)));
}

TEST_CASE("after a slow answer only an answer ends the trial, and its time is learnt", "[record]") {
  Record record = failed(Fault::slow);
  learn_connection(record, timing(5, 5), "", later);
  CHECK(record.on_trial(later));
  learn_answer(record, answered(timing(5, 5, 40)), later);
  CHECK_FALSE(record.on_trial(later));
  CHECK(record.answer.value() == 30'000);
}

TEST_CASE("a good goodput replaces a bad one that was measured long before", "[record]") {
  Record record;
  transfer::Outcome outcome = answered({milliseconds(5), milliseconds(5), milliseconds(15), milliseconds(10'010)});
  learn_transfer(record, outcome, 1'000'000, noon);
  CHECK(record.per_byte.value() == Approx(10'000));
  outcome.timing.total = milliseconds(20);
  learn_transfer(record, outcome, 1'000'000, noon + std::chrono::hours(2));
  CHECK(record.per_byte.value() < 20);
  learn_transfer(record, outcome, 1'000'000, noon + std::chrono::hours(27));
  CHECK(record.per_byte.value() == Approx(10));
}

TEST_CASE("a wait that was asked for is obeyed up to a day, and not cut short by another answer or a success",
          "[record]") {
  Record record;
  learn_retry_after(record, 503, seconds(3600), noon);
  learn_retry_after(record, 429, seconds(10), noon + seconds(1));
  learn_transfer(record, answered(timing(5, 5, 40)), 1000, noon + seconds(2));
  CHECK(record.deferred(noon + seconds(3599)));
  CHECK(record.retry_after->status == 503);
  CHECK_FALSE(record.deferred(noon + seconds(3600)));
  learn_retry_after(record, 503, seconds(10'000'000), noon);
  CHECK(record.retry_after->until == noon + std::chrono::hours(24));
  Record other;
  learn_retry_after(other, 503, seconds(0), noon);
  CHECK_FALSE(other.retry_after);
}

TEST_CASE("what fails again after its trial is avoided for longer, until a transfer goes well", "[record]") {
  Record record = failed(Fault::slow);
  learn_answer(record, answered(timing(5, 5, 40)), later);
  learn_failure(record, {Fault::slow, later, later, seconds(0), 1}, middle);
  CHECK(record.penalty->length == seconds(120));
  learn_transfer(record, answered(timing(5, 5, 40)), 1000, later);
  learn_failure(record, {Fault::slow, later, later, seconds(0), 1}, middle);
  CHECK(record.penalty->length == seconds(60));
}

TEST_CASE("averages start again where their numbers are too old to count", "[record]") {
  Record record;
  learn_connection(record, timing(50, 50), "", noon);
  const WallTime next_month = noon + std::chrono::hours(24 * 30);
  learn_connection(record, timing(5, 5), "", next_month);
  CHECK(record.connect.value() == Approx(5'000));
  CHECK(record.tls.value() == Approx(5'000));
}
