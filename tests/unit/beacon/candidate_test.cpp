#include "agent/beacon/candidate.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

using namespace muster;
using beacon::Candidate;
using beacon::Device;
using beacon::Location;

namespace {

Location at(const std::string& host) {
  Location location;
  location.host = host;
  return location;
}

Device device_in(std::initializer_list<std::pair<const char*, unsigned>> networks) {
  Device device;
  device.name = "parpc0012";
  device.domain = "paris.fr.example.com";
  for (const auto& [address, prefix] : networks) device.networks.push_back({*parse_ip(address), prefix});
  return device;
}

Candidate compared(const std::string& host, const Device& device, const std::vector<std::string>& addresses = {}) {
  return candidate_of(at(host), device, addresses, 0, 99);
}

}  // namespace

TEST_CASE("addresses are compared bit by bit, and by the subnet of the mask", "[candidate]") {
  const Device device = device_in({{"192.0.2.77", 25}});
  CHECK(compared("192.0.2.1", device).common_bits == 25);
  CHECK(compared("192.0.2.1", device).same_subnet);
  CHECK(compared("192.0.2.200", device).common_bits == 24);
  CHECK_FALSE(compared("192.0.2.200", device).same_subnet);
}

TEST_CASE("IPv6 counts as IPv4 does", "[candidate]") {
  const Device device = device_in({{"192.0.2.77", 24}, {"2001:db8:1::77", 64}});
  CHECK(compared("2001:db8:1::1", device).same_subnet);
  CHECK(compared("2001:db8:2::1", device).common_bits == 46);
  CHECK_FALSE(compared("2001:db8:2::1", device).same_subnet);
  CHECK(compared("::ffff:192.0.2.1", device).same_subnet);
}

TEST_CASE("a name is compared by the address that it has", "[candidate]") {
  const Device device = device_in({{"10.1.0.7", 16}});
  CHECK(compared("beacon.example.com", device, {"10.1.200.1"}).same_subnet);
  CHECK_FALSE(compared("beacon.example.com", device).same_subnet);
  const auto several = compared("beacon.example.com", device, {"192.0.2.1", "2001:db8::1", "10.1.200.1", "10.9.0.1"});
  CHECK(several.same_subnet);  // the nearest of all counts
  CHECK(several.common_bits == 16);
}

TEST_CASE("names are compared by their first letters, domains by their last labels", "[candidate]") {
  const Device device = device_in({});
  CHECK(compared("PARbeacon.paris.fr.example.com", device).common_letters == 3);
  CHECK(compared("PARbeacon.paris.fr.example.com", device).shorter_name == device.name.size());
  CHECK(compared("PARbeacon.paris.fr.Example.com", device).common_labels == 4);
  CHECK(compared("beacon.lyon.fr.example.com", device).common_labels == 3);
  CHECK(compared("beacon", device).common_labels == 0);
  CHECK(compared("192.0.2.1", device).common_labels == 0);
}

TEST_CASE("each device keeps to one beacon, and a fleet spreads over all", "[candidate]") {
  std::map<std::string, int> kept;
  for (int i = 0; i < 10'000; ++i) {
    std::string best;
    std::uint64_t most = 0;
    for (const char* beacon : {"https://a:443", "https://b:443", "https://c:443", "https://d:443"}) {
      const auto weight = beacon::rendezvous_weight("device" + std::to_string(i), beacon);
      if (weight >= most) best = beacon;
      most = std::max(most, weight);
    }
    ++kept[best];
  }
  for (const auto& [beacon, devices] : kept) CHECK(devices == Approx(2500).margin(200));
  CHECK(kept.size() == 4);
}

TEST_CASE("a proxy's password does not reach the key", "[candidate]") {
  Location location = at("beacon");
  location.directory = "ManageSoftRL";
  const std::string plain = key_of(location, beacon::Direction::upload);
  CHECK(plain == "upload:https://beacon:443/ManageSoftRL");
  location.proxy = "http://user:canary@proxy:3128";
  const std::string proxied = key_of(location, beacon::Direction::upload);
  CHECK(proxied != plain);
  CHECK(proxied.find("canary") == std::string::npos);
  CHECK(key_of(location, beacon::Direction::download) != proxied);
}

TEST_CASE("addresses that are none are none", "[ip_address]") {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "1.2..4", "::1::", ":1", "1:", "12345::",
                           "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7", "::1.2.3", "fe80::1%eth0", "[::1]", "a.b.c.d"}) {
    INFO(text);
    CHECK_FALSE(parse_ip(text));
  }
  for (const char* text : {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::ffff:1.2.3.4", "0.0.0.0"}) {
    INFO(text);
    CHECK(parse_ip(text));
  }
}
