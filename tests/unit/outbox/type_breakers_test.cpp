#include "agent/outbox/type_breakers.h"

#include <catch2/catch.hpp>

using namespace muster;
using outbox::TypeBreakers;

namespace {

const SteadyTime now{std::chrono::hours(1)};
const Error why(ErrorKind::refused, "HTTP 403");

}  // namespace

TEST_CASE("three failures in a row are too many, and each type counts for itself", "[breakers]") {
  TypeBreakers breakers;
  CHECK_FALSE(breakers.failed("A", 1));
  CHECK_FALSE(breakers.failed("B", 1));
  CHECK_FALSE(breakers.failed("A", 2));
  CHECK_FALSE(breakers.failed("B", 2));
  CHECK(breakers.failed("A", 3));
  breakers.stop("A", why);
  CHECK_FALSE(breakers.lets_through("A", now));
  CHECK(breakers.lets_through("B", now));
  CHECK(breakers.first_stop()->message == "HTTP 403");
}

TEST_CASE("a delivery starts the count from zero", "[breakers]") {
  TypeBreakers breakers;
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(breakers.failed("A", 1));
    CHECK_FALSE(breakers.failed("A", 2));
    breakers.succeeded("A");
  }
}

TEST_CASE("a pass may have as many failures in a row as all passes had before it", "[breakers]") {
  unsigned refusals = 0;
  for (const unsigned allowed : {3U, 3U, 6U, 12U, 24U}) {
    TypeBreakers breakers;
    unsigned in_this_pass = 1;
    while (!breakers.failed("A", ++refusals)) ++in_this_pass;
    CHECK(in_this_pass == allowed);
  }
}

TEST_CASE("a stopped type may try one file after a while, and is stopped by one more failure", "[breakers]") {
  TypeBreakers breakers;
  breakers.stop("A", why);
  breakers.half_open();
  CHECK(breakers.lets_through("A", now));
  CHECK_FALSE(breakers.first_stop());
  CHECK(breakers.failed("A", 4));
  breakers.stop("A", why);
  breakers.half_open();
  breakers.succeeded("A");
  CHECK_FALSE(breakers.failed("A", 1));
}

TEST_CASE("a paused type lets nothing through until its time", "[breakers]") {
  TypeBreakers breakers;
  breakers.pause("A", now + seconds(10));
  CHECK_FALSE(breakers.lets_through("A", now));
  CHECK(breakers.is_paused("A", now));
  CHECK(breakers.wakes_at(now) == now + seconds(10));
  CHECK(breakers.lets_through("A", now + seconds(10)));
  CHECK_FALSE(breakers.wakes_at(now + seconds(10)));
  breakers.pause("A", now + seconds(30));
  CHECK_FALSE(breakers.lets_through("A", now + seconds(20)));
}
