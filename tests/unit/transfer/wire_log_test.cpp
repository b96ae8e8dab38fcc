#include "agent/transfer/wire_log.h"

#include <catch2/catch.hpp>

using muster::transfer::shown_field;

TEST_CASE("fields with credentials lose their values and keep their scheme", "[wire_log]") {
  CHECK(shown_field("Authorization: Basic YWdlbnQ6d29yZA==") == "Authorization: Basic [not shown]");
  CHECK(shown_field("AUTHORIZATION:Bearer a.b.c") == "AUTHORIZATION: Bearer [not shown]");
  CHECK(shown_field("Proxy-Authorization: Digest username=\"a\", response=\"b\"") ==
        "Proxy-Authorization: Digest [not shown]");
  CHECK(shown_field("Authorization: YWdlbnQ6d29yZA==") == "Authorization: [not shown]");
  CHECK(shown_field("Set-Cookie: session=1; Secure") == "Set-Cookie: [not shown]");
  CHECK(shown_field("Cookie: session=1; more") == "Cookie: [not shown]");
}

TEST_CASE("all other lines of a head are as they are", "[wire_log]") {
  for (const char* line :
       {"PUT /ManageSoftRL/Inventories/x HTTP/1.1", "Host: localhost:8443", "HTTP/1.1 401 Unauthorized",
        "WWW-Authenticate: Basic realm=\"beacon\"", "Content-Length: 9", ""}) {
    CHECK(shown_field(line) == line);
  }
}
