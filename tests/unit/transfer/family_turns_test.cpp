#include "agent/transfer/family_turns.h"

#include <catch2/catch.hpp>

using namespace muster;
using transfer::Cause;
using transfer::FamilyTurns;
using transfer::IpVersion;
using transfer::Outcome;
using transfer::Trouble;

namespace {

Outcome outcome_of(Cause cause, Trouble trouble = Trouble::none, const char* detail = "") {
  Outcome outcome;
  outcome.cause = cause;
  outcome.trouble = trouble;
  outcome.detail = detail;
  return outcome;
}

}  // namespace

TEST_CASE("without a preference no family is tried twice", "[family]") {
  FamilyTurns turns(IpVersion::system, "b ", nullptr);
  Outcome outcome = outcome_of(Cause::connect, Trouble::refused);
  CHECK_FALSE(turns.take(outcome));
  CHECK(turns.current() == IpVersion::system);
}

TEST_CASE("the other family is tried once where the preferred one refuses", "[family]") {
  FamilyTurns turns(IpVersion::v6, "b ", nullptr);
  Outcome first = outcome_of(Cause::connect, Trouble::refused, "first");
  REQUIRE(turns.take(first));
  CHECK(turns.current() == IpVersion::v4);
  CHECK(turns.is_last());

  Outcome second = outcome_of(Cause::connect, Trouble::refused, "second");
  CHECK_FALSE(turns.take(second));
  CHECK(second.detail == "second");
}

TEST_CASE("the more specific of two failures counts", "[family]") {
  FamilyTurns turns(IpVersion::v6, "b ", nullptr);
  Outcome first = outcome_of(Cause::connect, Trouble::refused, "refused");
  REQUIRE(turns.take(first));
  Outcome second = outcome_of(Cause::name, Trouble::none, "no such name");
  CHECK_FALSE(turns.take(second));
  CHECK(second.detail == "refused");
}

TEST_CASE("a silent preferred family gets the rest of the time after the other one", "[family]") {
  FamilyTurns turns(IpVersion::v4, "b ", nullptr);
  Outcome silent = outcome_of(Cause::connect, Trouble::unanswered);
  REQUIRE(turns.take(silent));
  CHECK(turns.current() == IpVersion::v6);
  CHECK_FALSE(turns.is_last());

  Outcome refused = outcome_of(Cause::connect, Trouble::refused);
  REQUIRE(turns.take(refused));
  CHECK(turns.current() == IpVersion::v4);
  CHECK(turns.is_last());

  Outcome again = outcome_of(Cause::connect, Trouble::unanswered);
  CHECK_FALSE(turns.take(again));
}

TEST_CASE("a failure after the connection is no reason to change the family", "[family]") {
  for (const Cause cause : {Cause::server_untrusted, Cause::identity_refused, Cause::broken, Cause::proxy,
                            Cause::answered, Cause::lost_race, Cause::local_read}) {
    FamilyTurns turns(IpVersion::v6, "b ", nullptr);
    Outcome outcome = outcome_of(cause);
    CHECK_FALSE(turns.take(outcome));
    CHECK_FALSE(turns.has_turned());
  }
}

TEST_CASE("the family that worked is remembered for its place alone", "[family]") {
  FamilyTurns::Known known;
  FamilyTurns turns(IpVersion::v6, "b1 ", &known);
  Outcome refused = outcome_of(Cause::connect, Trouble::refused);
  REQUIRE(turns.take(refused));
  Outcome good = outcome_of(Cause::answered);
  CHECK_FALSE(turns.take(good));
  CHECK(turns.has_turned());

  CHECK(FamilyTurns(IpVersion::v6, "b1 ", &known).current() == IpVersion::v4);
  CHECK(FamilyTurns(IpVersion::v6, "b2 ", &known).current() == IpVersion::v6);
  CHECK(FamilyTurns(IpVersion::system, "b1 ", &known).current() == IpVersion::system);
}
