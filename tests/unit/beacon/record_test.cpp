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

TEST_CASE("after a failed handshake only a handshake ends the trial", "[record]") {
  Record record = failed(Fault::tls);
  learn_connection(record, timing(5, 0), "", later);
  CHECK(record.on_trial(later));
  learn_connection(record, timing(5, 5), "", later);
  CHECK_FALSE(record.on_trial(later));
}

TEST_CASE("after a slow answer only an answer ends the trial, and its time is learnt", "[record]") {
  Record record = failed(Fault::slow);
  learn_connection(record, timing(5, 5), "", later);
  CHECK(record.on_trial(later));
  learn_answer(record, answered(timing(5, 5, 40)), later);
  CHECK_FALSE(record.on_trial(later));
  CHECK(record.answer.at(later) == 30'000);
}

TEST_CASE("after a day the first goodput that is measured counts alone", "[record]") {
  Record record;
  transfer::Outcome outcome = answered({milliseconds(5), milliseconds(5), milliseconds(15), milliseconds(10'010)});
  learn_transfer(record, outcome, 1'000'000, noon);
  CHECK(record.per_byte.at(noon) == Approx(10'000));
  outcome.timing.total = milliseconds(20);
  learn_transfer(record, outcome, 1'000'000, noon + std::chrono::hours(2));
  CHECK(record.per_byte.at(noon + std::chrono::hours(2)) > 1000);
  learn_transfer(record, outcome, 1'000'000, noon + std::chrono::hours(27));
  CHECK(record.per_byte.at(noon + std::chrono::hours(27)) == Approx(10));
}

TEST_CASE("a wait that was asked for is obeyed up to a day, and not cut short by another answer or a success",
          "[record]") {
  Record record;
  learn_hold(record, 503, seconds(3600), noon);
  learn_hold(record, 429, seconds(10), noon + seconds(1));
  learn_transfer(record, answered(timing(5, 5, 40)), 1000, noon + seconds(2));
  CHECK(record.held(noon + seconds(3599)));
  CHECK(record.hold->status == 503);
  CHECK_FALSE(record.held(noon + seconds(3600)));
  learn_hold(record, 503, seconds(10'000'000), noon);
  CHECK(record.hold->until == noon + std::chrono::hours(24));
  Record other;
  learn_hold(other, 503, seconds(0), noon);
  CHECK_FALSE(other.hold);
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

TEST_CASE("averages begin anew where their numbers are too old to count", "[record]") {
  Record record;
  learn_connection(record, timing(50, 50), "", noon);
  const WallTime next_month = noon + std::chrono::hours(24 * 30);
  learn_connection(record, timing(5, 5), "", next_month);
  CHECK(record.connect.at(next_month) == Approx(5'000));
  CHECK(record.tls.at(next_month) == Approx(5'000));
  const WallTime a_month_later = next_month + std::chrono::hours(24 * 30);
  learn_failure(record, {Fault::failing, a_month_later, a_month_later, seconds(0), 1}, middle);
  CHECK_FALSE(record.connect.known());
}
