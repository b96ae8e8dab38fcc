#include "agent/beacon/fault.h"

#include <catch2/catch.hpp>

using namespace muster;
using beacon::Fault;
using beacon::fault_of;
using beacon::Penalty;
using transfer::Cause;

namespace {

const WallTime t0{std::chrono::hours(500'000)};
constexpr double middle = 0.5;  // neither longer nor shorter

transfer::Outcome answered(int status) {
  transfer::Outcome outcome;
  outcome.cause = Cause::answered;
  outcome.reply.status = status;
  return outcome;
}

transfer::Outcome caused_by(Cause cause) {
  transfer::Outcome outcome;
  outcome.cause = cause;
  return outcome;
}

}  // namespace

TEST_CASE("each way of failing has its fault", "[fault]") {
  CHECK(fault_of(caused_by(Cause::name)) == Fault::name);
  CHECK(fault_of(caused_by(Cause::connect)) == Fault::connect);
  CHECK(fault_of(caused_by(Cause::proxy)) == Fault::connect);
  CHECK(fault_of(caused_by(Cause::tls)) == Fault::tls);
  CHECK(fault_of(caused_by(Cause::server_untrusted)) == Fault::untrusted);
  CHECK(fault_of(caused_by(Cause::identity_refused)) == Fault::certificate);
  CHECK(fault_of(caused_by(Cause::stalled)) == Fault::slow);
  CHECK(fault_of(caused_by(Cause::broken)) == Fault::broken);
  CHECK(fault_of(caused_by(Cause::not_kept)) == Fault::declined);
  for (const int status : {302, 401, 403, 404, 409}) CHECK(fault_of(answered(status)) == Fault::declined);
  for (const int status : {408, 429, 500, 503}) CHECK(fault_of(answered(status)) == Fault::failing);
}

TEST_CASE("what is no fault of the beacon is none", "[fault]") {
  for (const Cause cause : {Cause::local_read, Cause::local_write, Cause::lost_race, Cause::cancelled}) {
    CHECK_FALSE(fault_of(caused_by(cause)));
  }
}

TEST_CASE("a penalty doubles while its fault repeats, up to a limit of its own", "[fault]") {
  Penalty penalty = penalty_after({}, Fault::connect, seconds(0), t0, middle);
  CHECK(penalty.length == seconds(30));
  penalty = penalty_after(penalty, Fault::connect, seconds(0), t0, middle);
  CHECK(penalty.length == seconds(60));
  CHECK(penalty.times == 2);
  for (int i = 0; i < 100; ++i) penalty = penalty_after(penalty, Fault::connect, seconds(0), t0, middle);
  CHECK(penalty.length == seconds(3600));
}

TEST_CASE("another fault begins anew, with its own length", "[fault]") {
  Penalty penalty = penalty_after({}, Fault::connect, seconds(0), t0, middle);
  penalty = penalty_after(penalty, Fault::connect, seconds(0), t0, middle);
  penalty = penalty_after(penalty, Fault::declined, seconds(0), t0, middle);
  CHECK(penalty.times == 1);
  CHECK(penalty.length == seconds(300));
}

TEST_CASE("chance spreads the end of a penalty over half its length", "[fault]") {
  CHECK(penalty_after({}, Fault::name, seconds(0), t0, 0).length == seconds(45));
  CHECK(penalty_after({}, Fault::name, seconds(0), t0, 0.999).length == seconds(74));
}

TEST_CASE("Retry-After is obeyed, never undercut, and up to a day", "[fault]") {
  for (const double random : {0.0, 0.3, 0.999}) {
    const auto length = penalty_after({}, Fault::failing, seconds(600), t0, random).length;
    CHECK(length >= seconds(600));
    CHECK(length <= seconds(750));
    CHECK(penalty_after({}, Fault::failing, seconds(10'000'000), t0, random).length <= seconds(108'000));
  }
}

TEST_CASE("a clock that goes back ends a penalty, one that goes on too", "[fault]") {
  const Penalty penalty = penalty_after({}, Fault::connect, seconds(0), t0, middle);
  CHECK(penalty.lasts(t0));
  CHECK(penalty.lasts(t0 + seconds(29)));
  CHECK_FALSE(penalty.lasts(t0 + seconds(30)));
  CHECK_FALSE(penalty.lasts(t0 - seconds(1)));
}

TEST_CASE("names of faults are read back as they are written", "[fault]") {
  for (const Fault fault : {Fault::name, Fault::connect, Fault::tls, Fault::untrusted, Fault::certificate,
                            Fault::declined, Fault::failing, Fault::slow, Fault::broken}) {
    CHECK(beacon::fault_named(name_of(fault)) == fault);
  }
  CHECK_FALSE(beacon::fault_named("thunder"));
}
