#include "agent/transfer/easy_options.h"

#include <catch2/catch.hpp>

#include "platform/base/version.h"
#include "tests/unit/transfer/exchange_rig.h"

using namespace muster;
using namespace muster::testing;
using transfer::Exchange;

namespace {

// As trust is where nobody switched the check off; no connection is made with it.
struct CheckingTrust final : ssl::Trust {
  const ssl::TrustSettings& settings() const override { return settings_; }
  const std::string& content_key() const override { return key_; }

 private:
  ssl::TrustSettings settings_;
  std::string key_;
};

}  // namespace

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
  CHECK(numbers.at(CURLOPT_MAXREDIRS) == 0);
  CHECK(numbers.at(CURLOPT_HTTP09_ALLOWED) == 0);
  CHECK(numbers.at(CURLOPT_TRANSFER_ENCODING) == 0);
  CHECK(numbers.at(CURLOPT_HTTP_CONTENT_DECODING) == 0);
  CHECK(numbers.at(CURLOPT_NETRC) == CURL_NETRC_IGNORED);
  CHECK(numbers.at(CURLOPT_HTTPAUTH) == CURLAUTH_BASIC);
  CHECK(numbers.at(CURLOPT_UNRESTRICTED_AUTH) == 0);
  CHECK(numbers.at(CURLOPT_PROXYAUTH) == CURLAUTH_BASIC);
  CHECK(texts.at(CURLOPT_PROXY).empty());
  CHECK(texts.at(CURLOPT_NOPROXY).empty());
  CHECK(texts.at(CURLOPT_COOKIEFILE).empty());
  CHECK(texts.at(CURLOPT_ACCEPT_ENCODING) == "identity");
  CHECK(texts.at(CURLOPT_PROTOCOLS_STR) == "https");
  CHECK(texts.at(CURLOPT_REDIR_PROTOCOLS_STR) == "https");
  CHECK(texts.at(CURLOPT_USERAGENT) == "Muster/" MUSTER_VERSION);
}

TEST_CASE("an unencrypted location is allowed http alone", "[settings]") {
  Rig rig;
  auto request = some_request();
  request.endpoint.tls = false;
  Exchange exchange(1, std::move(request), rig.hooks);
  CHECK(rig.record.texts.at(CURLOPT_PROTOCOLS_STR) == "http");
}

TEST_CASE("every handle has limits in time", "[settings]") {
  Rig rig;
  Exchange exchange(1, some_request(), rig.hooks);
  const auto& numbers = rig.record.numbers;
  CHECK(numbers.at(CURLOPT_NOSIGNAL) == 1);
  CHECK(numbers.at(CURLOPT_QUICK_EXIT) == 1);
  CHECK(numbers.at(CURLOPT_CONNECTTIMEOUT_MS) == 30'000);
  CHECK(numbers.at(CURLOPT_LOW_SPEED_TIME) == 30);
  CHECK(numbers.at(CURLOPT_LOW_SPEED_LIMIT) == 100);
  CHECK(numbers.at(CURLOPT_TIMEOUT_MS) == 3'600'000);
}

TEST_CASE("an upload that is held back by a limiter keeps its limits", "[settings]") {
  transfer::RateLimits rules;
  rules.most = 1000;
  transfer::SharedRateLimiter limiter(rules);
  Rig rig;
  rig.hooks.limiter = &limiter;
  auto request = some_request();
  request.method = transfer::Method::put;
  request.body.size = 100'000'000;
  Exchange upload(1, std::move(request), rig.hooks);
  CHECK(rig.record.numbers.at(CURLOPT_TIMEOUT_MS) == 3'600'000);
  CHECK(rig.record.numbers.at(CURLOPT_LOW_SPEED_LIMIT) == 100);
  Exchange question(2, some_request(), rig.hooks);
  CHECK(rig.record.numbers.at(CURLOPT_TIMEOUT_MS) == 3'600'000);
}

TEST_CASE("every handle verifies the server, with TLS 1.2 or later", "[settings]") {
  Rig rig;
  const ssl::ClientContext context(nullptr, std::make_shared<CheckingTrust>());
  rig.hooks.context = &context;
  Exchange exchange(1, some_request(), rig.hooks);
  const auto& numbers = rig.record.numbers;
  CHECK(numbers.at(CURLOPT_SSLVERSION) == CURL_SSLVERSION_TLSv1_2);
  CHECK(numbers.at(CURLOPT_SSL_VERIFYPEER) == 1);
  CHECK(numbers.at(CURLOPT_SSL_VERIFYHOST) == 2);
  // ssl/ puts its own store on the connection: none of the library's is ever loaded.
  CHECK(rig.record.texts.at(CURLOPT_CAINFO).empty());
  CHECK(rig.record.texts.at(CURLOPT_CAPATH).empty());
}

TEST_CASE("libcurl's own checks are off only where CheckServerCertificate is", "[settings]") {
  Rig rig;
  Exchange exchange(1, some_request(), rig.hooks);
  CHECK(rig.record.numbers.at(CURLOPT_SSL_VERIFYPEER) == 0);
  CHECK(rig.record.numbers.at(CURLOPT_SSL_VERIFYHOST) == 0);
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
