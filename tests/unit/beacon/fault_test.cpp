#include "agent/beacon/fault.h"

#include <catch2/catch.hpp>

using namespace muster;
using beacon::Fault;
using beacon::fault_of;
using beacon::Penalty;
using beacon::penalty_after;
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

Penalty first(Fault fault, seconds asked = seconds(0), double random = middle) {
  return penalty_after({}, {fault, t0, t0, asked}, random);
}

// It fails again when the last penalty is over.
Penalty next(const Penalty& penalty, Fault fault) {
  return penalty_after(penalty, {fault, penalty.end(), penalty.end() + seconds(1)}, middle);
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
  Penalty penalty = first(Fault::connect);
  CHECK(penalty.length == seconds(30));
  penalty = next(penalty, Fault::connect);
  CHECK(penalty.length == seconds(60));
  CHECK(penalty.times == 2);
  for (int i = 0; i < 100; ++i) penalty = next(penalty, Fault::connect);
  CHECK(penalty.length == seconds(3600));
}

TEST_CASE("another fault begins anew, with its own length", "[fault]") {
  const Penalty penalty = next(next(first(Fault::connect), Fault::connect), Fault::declined);
  CHECK(penalty.times == 1);
  CHECK(penalty.length == seconds(300));
}

TEST_CASE("of many attempts that were under way when a beacon died only one counts", "[fault]") {
  Penalty penalty = penalty_after({}, {Fault::connect, t0 - seconds(9), t0}, middle);
  for (const Fault fault : {Fault::connect, Fault::broken, Fault::slow}) {
    penalty = penalty_after(penalty, {fault, t0 - seconds(9), t0 + seconds(1)}, middle);
    CHECK(penalty.fault == Fault::connect);
    CHECK(penalty.end() == t0 + seconds(30));
  }
  penalty = penalty_after(penalty, {Fault::connect, t0 - seconds(9), t0 + seconds(60)}, middle);
  CHECK(penalty.times == 1);
  CHECK(penalty.end() == t0 + seconds(90));
}

TEST_CASE("the same fault while its penalty lasts makes it no longer, unless that is asked for", "[fault]") {
  Penalty penalty = first(Fault::failing);
  penalty = penalty_after(penalty, {Fault::failing, t0 + seconds(5), t0 + seconds(6)}, middle);
  CHECK(penalty.times == 1);
  CHECK(penalty.end() == t0 + seconds(30));
  penalty = penalty_after(penalty, {Fault::failing, t0 + seconds(7), t0 + seconds(8), seconds(100)}, 0);
  CHECK(penalty.times == 1);
  CHECK(penalty.end() == t0 + seconds(108));
}

TEST_CASE("a certificate that is refused after another one was counts for itself", "[fault]") {
  Penalty penalty = penalty_after({}, {Fault::certificate, t0, t0, seconds(0), 1}, middle);
  penalty = penalty_after(penalty, {Fault::certificate, t0 + seconds(1), t0 + seconds(2), seconds(0), 2}, middle);
  CHECK(penalty.epoch == 2);
  CHECK(penalty.counts(t0 + seconds(3), 2));
}

TEST_CASE("chance spreads the end of a penalty over half its length", "[fault]") {
  CHECK(first(Fault::name, seconds(0), 0).length == seconds(45));
  CHECK(first(Fault::name, seconds(0), 0.999).length == seconds(74));
}

TEST_CASE("Retry-After is obeyed, never undercut, and up to a day", "[fault]") {
  for (const double random : {0.0, 0.3, 0.999}) {
    const auto length = first(Fault::failing, seconds(600), random).length;
    CHECK(length >= seconds(600));
    CHECK(length <= seconds(750));
    CHECK(first(Fault::failing, seconds(10'000'000), random).length <= seconds(108'000));
  }
}

TEST_CASE("a clock that goes back ends a penalty, one that goes on too", "[fault]") {
  const Penalty penalty = first(Fault::connect);
  CHECK(penalty.lasts(t0));
  CHECK(penalty.lasts(t0 + seconds(29)));
  CHECK_FALSE(penalty.lasts(t0 + seconds(30)));
  CHECK_FALSE(penalty.lasts(t0 - seconds(1)));
  const WallTime before = t0 - std::chrono::hours(9);
  CHECK(penalty_after(penalty, {Fault::connect, before - seconds(1), before}, middle).lasts(before));
}

TEST_CASE("names of faults are read back as they are written", "[fault]") {
  for (const Fault fault : {Fault::name, Fault::connect, Fault::tls, Fault::untrusted, Fault::certificate,
                            Fault::declined, Fault::failing, Fault::slow, Fault::broken}) {
    CHECK(beacon::fault_named(name_of(fault)) == fault);
  }
  CHECK_FALSE(beacon::fault_named("thunder"));
}
