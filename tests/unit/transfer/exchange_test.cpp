#include <catch2/catch.hpp>

#include "tests/unit/transfer/exchange_rig.h"

using namespace muster;
using namespace muster::testing;
using transfer::Exchange;

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
