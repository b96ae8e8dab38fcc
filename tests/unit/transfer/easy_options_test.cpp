#include "agent/transfer/easy_options.h"

#include <catch2/catch.hpp>

#include "tests/unit/transfer/exchange_rig.h"

using namespace muster;
using namespace muster::testing;
using transfer::Exchange;

TEST_CASE("the library knows every setting that a handle is given", "[settings]") {
  Rig rig;
  Exchange exchange(1, some_request(), rig.hooks);
  CHECK_FALSE(exchange.refused_option());
}

TEST_CASE("every handle refuses redirects, decoding, and what the environment offers", "[settings]") {
  Rig rig;
  Exchange exchange(1, some_request(), rig.hooks);
  const auto& numbers = rig.record.numbers;
  const auto& texts = rig.record.texts;
  CHECK(numbers.at(CURLOPT_FOLLOWLOCATION) == 0);
  CHECK(numbers.at(CURLOPT_HTTP_CONTENT_DECODING) == 0);
  CHECK(numbers.at(CURLOPT_NETRC) == CURL_NETRC_IGNORED);
  CHECK(numbers.at(CURLOPT_HTTPAUTH) == CURLAUTH_BASIC);
  CHECK(numbers.at(CURLOPT_UNRESTRICTED_AUTH) == 0);
  CHECK(texts.at(CURLOPT_PROXY).empty());
  CHECK(texts.at(CURLOPT_PROTOCOLS_STR) == "https");
}

TEST_CASE("every handle has limits in time", "[settings]") {
  Rig rig;
  Exchange exchange(1, some_request(), rig.hooks);
  const auto& numbers = rig.record.numbers;
  CHECK(numbers.at(CURLOPT_NOSIGNAL) == 1);
  CHECK(numbers.at(CURLOPT_CONNECTTIMEOUT_MS) == 30'000);
  CHECK(numbers.at(CURLOPT_LOW_SPEED_TIME) == 30);
  CHECK(numbers.at(CURLOPT_LOW_SPEED_LIMIT) > 0);
  CHECK(numbers.at(CURLOPT_TIMEOUT_MS) > 0);
}

TEST_CASE("every handle verifies the server, with TLS 1.2 or later", "[settings]") {
  Rig rig;
  rig.settings.check_server = true;
  Exchange exchange(1, some_request(), rig.hooks);
  CHECK(rig.record.numbers.at(CURLOPT_SSLVERSION) == CURL_SSLVERSION_TLSv1_2);
}

TEST_CASE("a probe of TCP never has a request to send", "[settings]") {
  Rig rig;
  transfer::Probe probe;
  probe.endpoint.host = "beacon.example";
  Exchange exchange(1, std::move(probe), rig.hooks);
  CHECK(rig.record.numbers.at(CURLOPT_CONNECT_ONLY) == 1);
}

TEST_CASE("small bodies are sent at once, large ones ask first", "[settings]") {
  Rig rig;
  auto request = some_request();
  request.method = transfer::Method::put;
  request.body.size = 40'000;
  Exchange exchange(1, std::move(request), rig.hooks);
  CHECK(rig.record.numbers.at(CURLOPT_UPLOAD) == 1);
  CHECK(rig.record.numbers.at(CURLOPT_EXPECT_100_TIMEOUT_MS) == 5000);
}
