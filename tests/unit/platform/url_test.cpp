#include "platform/base/url.h"

#include <catch2/catch.hpp>

namespace {

namespace url = muster::url;

TEST_CASE("user and password of a URL are found, whatever the password holds", "[url]") {
  CHECK(url::user_part("http://me:secret@proxy:3128") == "me:secret@");
  CHECK(url::user_part("me:secret@proxy") == "me:secret@");
  CHECK(url::user_part("http://me:se@cr/et@proxy") == "me:se@cr/et@");
  CHECK(url::user_part("http://@proxy") == "@");
}

TEST_CASE("a URL without a user has none", "[url]") {
  CHECK(url::user_part("http://proxy:3128").empty());
  CHECK(url::user_part("proxy").empty());
  CHECK(url::user_part("").empty());
}

}  // namespace
