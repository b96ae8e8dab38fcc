#include <catch2/catch.hpp>

#include "tests/unit/transfer/exchange_rig.h"

using namespace muster;
using namespace muster::testing;
using transfer::Exchange;

TEST_CASE("the preferred family is tried first, then the other one, and the one that did is known", "[exchange]") {
  using transfer::IpVersion;
  Rig rig;
  std::map<std::string, IpVersion> families;
  rig.hooks.families = &families;
  auto request = some_request();
  request.options.ip_version = IpVersion::v6;
  Exchange exchange(1, std::move(request), rig.hooks);
  CHECK(rig.record.numbers.at(CURLOPT_IPRESOLVE) == CURL_IPRESOLVE_V6);
  CHECK(rig.record.numbers.at(CURLOPT_CONNECTTIMEOUT_MS) == 1000);

  transfer::Outcome first;
  first.cause = transfer::Cause::name;
  CHECK(exchange.turn_to_other_family(first));
  CHECK(rig.record.numbers.at(CURLOPT_IPRESOLVE) == CURL_IPRESOLVE_V4);
  CHECK(rig.record.numbers.at(CURLOPT_CONNECTTIMEOUT_MS) > 15'000);
  transfer::Outcome second;
  second.cause = transfer::Cause::answered;
  CHECK_FALSE(exchange.turn_to_other_family(second));

  auto later = some_request();
  later.options.ip_version = IpVersion::v6;
  const Exchange next(2, std::move(later), rig.hooks);
  CHECK(rig.record.numbers.at(CURLOPT_IPRESOLVE) == CURL_IPRESOLVE_V4);
}

TEST_CASE("a preferred family that was silent for a second gets the rest of the time where the other one fails",
          "[exchange]") {
  using transfer::Cause;
  Rig rig;
  auto request = some_request();
  request.options.ip_version = transfer::IpVersion::v6;
  Exchange exchange(1, std::move(request), rig.hooks);
  transfer::Outcome silent;
  silent.cause = Cause::connect;
  silent.trouble = transfer::Trouble::unanswered;
  CHECK(exchange.turn_to_other_family(silent));
  CHECK(rig.record.numbers.at(CURLOPT_IPRESOLVE) == CURL_IPRESOLVE_V4);
  CHECK(rig.record.numbers.at(CURLOPT_CONNECTTIMEOUT_MS) < 16'000);
  transfer::Outcome nameless;
  nameless.cause = Cause::name;
  CHECK(exchange.turn_to_other_family(nameless));
  CHECK(rig.record.numbers.at(CURLOPT_IPRESOLVE) == CURL_IPRESOLVE_V6);
  CHECK(rig.record.numbers.at(CURLOPT_CONNECTTIMEOUT_MS) > 20'000);
  transfer::Outcome again;
  again.cause = Cause::connect;
  again.trouble = transfer::Trouble::unanswered;
  CHECK_FALSE(exchange.turn_to_other_family(again));
}

TEST_CASE("where both families fail, the outcome that says more is told", "[exchange]") {
  using transfer::Cause;
  Rig rig;
  auto request = some_request();
  request.options.ip_version = transfer::IpVersion::v4;
  Exchange exchange(1, std::move(request), rig.hooks);
  transfer::Outcome refused;
  refused.cause = Cause::connect;
  refused.trouble = transfer::Trouble::refused;
  CHECK(exchange.turn_to_other_family(refused));
  transfer::Outcome nameless;
  nameless.cause = Cause::name;
  CHECK_FALSE(exchange.turn_to_other_family(nameless));
  CHECK(nameless.trouble == transfer::Trouble::refused);
}

TEST_CASE("without a preference, and where a connection was made, nothing is tried twice", "[exchange]") {
  Rig rig;
  Exchange any(1, some_request(), rig.hooks);
  CHECK(rig.record.numbers.at(CURLOPT_CONNECTTIMEOUT_MS) == 30'000);
  transfer::Outcome outcome;
  outcome.cause = transfer::Cause::connect;
  CHECK_FALSE(any.turn_to_other_family(outcome));
  auto request = some_request();
  request.options.ip_version = transfer::IpVersion::v6;
  Exchange preferring(2, std::move(request), rig.hooks);
  outcome.cause = transfer::Cause::broken;
  CHECK_FALSE(preferring.turn_to_other_family(outcome));
}

TEST_CASE("user and password of a proxy are in no detail, even where the library quotes its URL", "[exchange]") {
  for (const char* const proxy : {"http://me:hush@127.0.0.1:notaport", "me:hush@127.0.0.1:1:2", "ftp://me:hush@proxy",
                                  "http://me:hu/sh@127.0.0.1:1", "http://.@127.0.0.1:x"}) {
    Rig rig;
    auto request = some_request();
    request.endpoint.proxy = proxy;
    Exchange exchange(1, std::move(request), rig.hooks);
    const transfer::Outcome outcome = exchange.finish(curl_easy_perform(exchange.easy()));
    INFO(outcome.detail);
    CHECK(outcome.detail.find("proxy") != std::string::npos);
    CHECK(outcome.detail.find("me:") == std::string::npos);
    CHECK(outcome.detail.find("sh@") == std::string::npos);
  }
}
