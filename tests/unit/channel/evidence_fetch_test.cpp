#include "agent/channel/evidence_fetch.h"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::channel;

TEST_CASE("An HTTP URL is taken apart") {
  const auto check = [](const char* text, const char* host, unsigned port, const char* path) {
    INFO(text);
    const auto url = parse_http_url(text);
    REQUIRE(url);
    CHECK(url->host == host);
    CHECK(url->port == port);
    CHECK(url->path == path);
  };
  check("http://ca.test/a%20b.crl", "ca.test", 80, "/a%20b.crl");
  check("HTTP://ca.test:8080/x?y=z#part", "ca.test", 8080, "/x?y=z");
  check("http://ca.test", "ca.test", 80, "/");
  check("http://ca.test?q", "ca.test", 80, "/?q");
  check("http://[2001:db8::1]:81/x", "2001:db8::1", 81, "/x");
  check("http://ca.test:/x", "ca.test", 80, "/x");
}

TEST_CASE("What is no plain HTTP URL, or has a user in it, is refused") {
  for (const char* text : {"", "http:", "http://", "http:///x", "https://ca.test/x", "ldap://ca.test/x",
                           "file:///etc/passwd", "http://user:word@ca.test/x", "http://ca.test:0/",
                           "http://ca.test:65536/", "http://ca.test:x/", "http://[2001:db8::1/x", "http://[::1]x/"}) {
    INFO(text);
    CHECK_FALSE(parse_http_url(text));
  }
}

TEST_CASE("An OCSP question is a POST without our certificate, through the proxy of its host") {
  FetchRules rules;
  rules.proxy_for = [](const std::string& host, const std::string& of_beacon) {
    return host == "ca.test" ? "http://proxy:3128" : of_beacon;
  };
  const auto request = request_for({ssl::WantedEvidence::Kind::ocsp, "http://ca.test/ocsp", "question"}, rules,
                                   "http://other:3128", nullptr);
  REQUIRE(request);
  CHECK(request->method == transfer::Method::post);
  CHECK_FALSE(request->endpoint.tls);
  CHECK(request->endpoint.proxy == "http://proxy:3128");
  CHECK(*request->body.text == "question");
  CHECK(request->limits.total <= seconds(10));
  const auto elsewhere =
      request_for({ssl::WantedEvidence::Kind::crl, "http://b.test/"}, rules, "http://other:3128", nullptr);
  REQUIRE(elsewhere);
  CHECK(elsewhere->endpoint.proxy == "http://other:3128");
}
