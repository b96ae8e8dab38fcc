#include <catch2/catch.hpp>

#include "platform/base/clock.h"
#include "platform/base/error.h"
#include "platform/base/ip_address.h"
#include "platform/base/secret.h"

using namespace muster;

TEST_CASE("an error is one printable line, whatever is in it", "[base]") {
  const Error error(ErrorKind::failure, "upload of a\nb\x1b[2J failed", "look\tinto it");
  CHECK(error.line() == "upload of a?b?[2J failed; look?into it");
  CHECK(Error(ErrorKind::failure, "only a message").line() == "only a message");
}

TEST_CASE("a secret is gone when its owner is", "[base]") {
  Secret secret(std::string("a password that is too long for the small buffer"));
  const Secret moved(std::move(secret));
  CHECK(moved.reveal() == "a password that is too long for the small buffer");
  CHECK(secret.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  std::string wiped = "a password that is too long for the small buffer";
  const char* bytes = wiped.data();
  Secret::wipe(wiped);
  CHECK(wiped.empty());
  CHECK(bytes[0] == '\0');
}

TEST_CASE("dates are shown in UTC", "[clock]") {
  CHECK(iso8601(WallTime(std::chrono::seconds(1'582'934'400))) == "2020-02-29 00:00:00 UTC");
  CHECK(iso_date(WallTime(std::chrono::seconds(-1))) == "1969-12-31");
}

TEST_CASE("a network's first address keeps the bits of its prefix alone", "[ip]") {
  CHECK(first_address({*parse_ip("192.0.2.200"), 25}) == parse_ip("192.0.2.128"));
  CHECK(first_address({*parse_ip("192.0.2.200"), 32}) == parse_ip("192.0.2.200"));
  CHECK(first_address({*parse_ip("192.0.2.200"), 0}) == parse_ip("0.0.0.0"));
  CHECK(first_address({*parse_ip("2001:db8:1:2:3::4"), 49}) == parse_ip("2001:db8:1::"));
}

TEST_CASE("an address that no network has is one by itself", "[ip]") {
  const std::vector<IpNetwork> networks = {{*parse_ip("192.0.2.9"), 28}, {*parse_ip("192.0.2.9"), 24}};
  CHECK(network_around(networks, *parse_ip("192.0.2.1")).prefix == 28);
  CHECK(network_around(networks, *parse_ip("192.0.2.99")).prefix == 24);
  CHECK(network_around(networks, *parse_ip("192.0.3.1")).prefix == 32);
  CHECK(network_around(networks, *parse_ip("192.0.3.1")).address == *parse_ip("192.0.3.1"));
  CHECK(network_around({}, *parse_ip("2001:db8::1")).prefix == 128);
}

TEST_CASE("fe80::/10 is of one link", "[ip]") {
  CHECK(is_link_local(*parse_ip("fe80::1")));
  CHECK(is_link_local(*parse_ip("febf::1")));
  CHECK_FALSE(is_link_local(*parse_ip("fec0::1")));
  CHECK_FALSE(is_link_local(*parse_ip("254.128.0.1")));
}
