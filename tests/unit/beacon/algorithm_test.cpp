#include "agent/beacon/algorithm.h"

#include <catch2/catch.hpp>

using namespace muster;
using beacon::Algorithm;
using beacon::parse_algorithms;

TEST_CASE("every documented algorithm is known, whatever its case", "[algorithm]") {
  const auto chain = parse_algorithms(
      "fastest;MGSPING;MgsBandwidth;MgsRandom;MgsIPMatch;MgsSubnetMatch;MgsNameMatch;MgsDomainMatch;MgsDHCP;"
      "MgsADSiteMatch;MgsServersFromAD");
  REQUIRE(chain);
  CHECK(chain->size() == 11);
  CHECK(chain->at(0).kind == Algorithm::Kind::fastest);
  CHECK(chain->at(1).word == "MgsPing");
  CHECK(chain->at(10).kind == Algorithm::Kind::elsewhere);
}

TEST_CASE("parameters are read by their place and may be left empty", "[algorithm]") {
  const auto chain = parse_algorithms("MgsNameMatch(20,,true); MgsPing( 3 ) ;MgsSubnetMatch(,false);MgsRandom()");
  REQUIRE(chain);
  REQUIRE(chain->size() == 4);
  CHECK(chain->at(0).letters == 20);
  CHECK_FALSE(chain->at(0).limit);
  CHECK(chain->at(0).discard_foreign);
  CHECK(chain->at(1).limit == 3);
  CHECK_FALSE(chain->at(2).discard_foreign);
  CHECK_FALSE(chain->at(3).limit);
}

TEST_CASE("parameters that nothing is known of are accepted", "[algorithm]") {
  CHECK(parse_algorithms("MgsPing(3,true,5)"));
  CHECK(parse_algorithms("MgsDomainMatch(3,whatever,else,more)"));
  CHECK(parse_algorithms("MgsADSiteMatch(True)"));
}

TEST_CASE("a limit of zero is no limit", "[algorithm]") {
  CHECK_FALSE(parse_algorithms("MgsRandom(0)")->front().limit);
}

TEST_CASE("wrong algorithms are told apart", "[algorithm]") {
  CHECK(parse_algorithms("MgsPong").error() == "names the unknown algorithm 'MgsPong'");
  CHECK(parse_algorithms("MgsPing(3").error() == "has 'MgsPing(3' with brackets that do not match");
  CHECK(parse_algorithms("MgsPing(3)x").error() == "has 'MgsPing(3)x' with brackets that do not match");
  CHECK(parse_algorithms("MgsPing(three)").error() == "has 'MgsPing(three)', in which 'three' is not a whole number");
  CHECK(parse_algorithms("MgsSubnetMatch(,perhaps)").error() ==
        "has 'MgsSubnetMatch(,perhaps)', in which 'perhaps' is not true or false");
}
