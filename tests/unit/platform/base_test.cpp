#include <catch2/catch.hpp>

#include "platform/base/clock.h"
#include "platform/base/error.h"
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
