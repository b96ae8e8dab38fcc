#include "agent/policy/beacon_domains.h"

#include <catch2/catch.hpp>

using namespace muster::policy;

namespace {

BeaconDomains by_hand(std::vector<std::string> hosts) { return {{}, hosts, is_public_suffix}; }

}  // namespace

TEST_CASE("Without AllowedBeaconDomains a public suffix opens nothing but the host itself") {
  for (const char* const host : {"beacon.co.uk", "beacon.github.io", "beacon.com", "beacon.s3.amazonaws.com"}) {
    INFO(host);
    const BeaconDomains domains = by_hand({host});
    const std::string parent = std::string(host).substr(std::string(host).find('.') + 1);
    CHECK(domains.allows(host));
    CHECK_FALSE(domains.allows("evil." + parent));
    CHECK_FALSE(domains.allows(parent));
  }
}

TEST_CASE("Without AllowedBeaconDomains a single label opens nothing but the host itself") {
  const BeaconDomains domains = by_hand({"beacon", "b1.lan"});
  CHECK(domains.allows("BEACON"));
  CHECK(domains.allows("b1.lan"));
  CHECK_FALSE(domains.allows("b2.lan"));
  CHECK_FALSE(domains.allows("evil"));
  CHECK_FALSE(domains.allows("evil.beacon"));
}

TEST_CASE("Without AllowedBeaconDomains an address opens nothing but itself") {
  const BeaconDomains domains = by_hand({"10.0.0.5", "2001:db8::5"});
  CHECK(domains.allows("10.0.0.5"));
  CHECK(domains.allows("2001:DB8::5"));
  CHECK_FALSE(domains.allows("11.0.0.5"));
  CHECK_FALSE(domains.allows("10.0.0.6"));
  CHECK_FALSE(domains.allows("2001:db8::6"));
}

TEST_CASE("Without AllowedBeaconDomains the names below the parent domain are allowed") {
  const BeaconDomains domains = by_hand({"b1.corp.example"});
  CHECK(domains.allows("b2.corp.example"));
  CHECK(domains.allows("b2.paris.corp.example."));
  CHECK(domains.allows("corp.example"));
  CHECK_FALSE(domains.allows("evilcorp.example"));
  CHECK_FALSE(domains.allows("b1.corp.example.evil.com"));
  CHECK_FALSE(domains.allows("example"));
  CHECK_FALSE(domains.allows("1.2.3.4"));
  CHECK_FALSE(domains.allows(""));
}

TEST_CASE("AllowedBeaconDomains replaces what follows from the hosts, but for the hosts themselves") {
  const BeaconDomains domains({"Beacons.Example", ".other.example.", "10.0.0.9"}, {"b1.corp.example"},
                              is_public_suffix);
  CHECK(domains.allows("a.beacons.example"));
  CHECK(domains.allows("a.other.example"));
  CHECK(domains.allows("10.0.0.9"));
  CHECK(domains.allows("b1.corp.example"));
  CHECK_FALSE(domains.allows("b2.corp.example"));
  CHECK_FALSE(domains.allows("1.10.0.0.9"));
  CHECK_FALSE(domains.allows("xbeacons.example"));
}
