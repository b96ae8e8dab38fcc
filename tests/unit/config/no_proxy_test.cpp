#include "agent/config/no_proxy.h"

#include <catch2/catch.hpp>

using namespace muster::config;

namespace {

bool direct(std::string_view host, std::string_view exceptions, unsigned port = 443) {
  return goes_without_proxy(host, port, exceptions);
}

}  // namespace

TEST_CASE("An entry that can never match is named") {
  CHECK(useless_exceptions("0.1, 10.0.0.0/33, a*b, exa mple..com, 1.2.3.4.5, *.*") ==
        std::vector<std::string>{"0.1", "10.0.0.0/33", "a*b", "mple..com", "1.2.3.4.5", "*.*"});
  CHECK(
      useless_exceptions("*, example.com, .x.org, *.y.org, local*, 127.*, 10.0.0.0/8, [::1], fd00::/8, h:80").empty());
  CHECK(useless_exceptions("").empty());
}

TEST_CASE("Part of an address or of a word does not match") {
  CHECK_FALSE(direct("127.0.0.1", "0.1"));
  CHECK_FALSE(direct("myexample.com", "example.com"));
  CHECK_FALSE(direct("com", "example.com,."));
  CHECK_FALSE(direct("10.1.2.3", "10.1.2"));
  CHECK_FALSE(direct("h", ""));
}

TEST_CASE("Names stand for themselves and all names below, in every common spelling") {
  for (const char* const entry : {"example.com", ".example.com", "*.example.com", "EXAMPLE.com.", "'example.com'",
                                  "\"example.com\"", "x, example.com", "x;example.com", "x example.com"}) {
    CAPTURE(entry);
    CHECK(direct("b.example.com", entry));
    CHECK(direct("Example.Com", entry));
    CHECK(direct("example.com.", entry));
    CHECK_FALSE(direct("example.org", entry));
  }
}

TEST_CASE("A star stands for every host, or for the rest of a name or address") {
  CHECK(direct("h", "x,*"));
  CHECK(direct("localhost", "local*"));
  CHECK(direct("127.0.0.53", "127.*"));
  CHECK_FALSE(direct("128.0.0.1", "127.*"));
}

TEST_CASE("Addresses match in every spelling, and networks match what they contain") {
  CHECK(direct("::1", "[::1]"));
  CHECK(direct("2001:db8::1", "2001:0db8:0:0:0:0:0:1"));
  CHECK(direct("192.0.2.1", "::ffff:192.0.2.1"));
  CHECK(direct("10.9.8.7", "10.0.0.0/8"));
  CHECK_FALSE(direct("11.9.8.7", "10.0.0.0/8"));
  CHECK(direct("fd00::7", "fd00::/8"));
  CHECK_FALSE(direct("h", "0.0.0.0/0"));
}

TEST_CASE("An entry with a port holds for that port alone") {
  CHECK(direct("example.com", "example.com:443"));
  CHECK_FALSE(direct("example.com", "example.com:8443"));
  CHECK(direct("::1", "[::1]:443"));
  CHECK_FALSE(direct("::1", "[::1]:80"));
  CHECK_FALSE(direct("example.com", "example.com:443", 0));
}
