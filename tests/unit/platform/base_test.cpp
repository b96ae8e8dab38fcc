#include <catch2/catch.hpp>

#include "platform/base/clock.h"
#include "platform/base/error.h"
#include "platform/base/secret.h"
#include "platform/base/text.h"

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

TEST_CASE("path segments are encoded whole", "[text]") {
  CHECK(text::encode_segment("a b/c%ä?#") == "a%20b%2Fc%25%C3%A4%3F%23");
  CHECK(text::encode_segment("Plain-1.2_3~4") == "Plain-1.2_3~4");
}

TEST_CASE("base64 has its padding", "[text]") {
  CHECK(text::base64("") == "");
  CHECK(text::base64("f") == "Zg==");
  CHECK(text::base64("fo") == "Zm8=");
  CHECK(text::base64("foo") == "Zm9v");
  CHECK(text::base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("numbers are digits and nothing else", "[text]") {
  CHECK(text::to_number("18446744073709551615") == 18446744073709551615ULL);
  for (const char* wrong : {"", " 1", "1 ", "+1", "-1", "1x", "18446744073709551616", "0x10"}) {
    CHECK_FALSE(text::to_number(wrong));
  }
}

TEST_CASE("splitting keeps or drops what is empty", "[text]") {
  CHECK(text::split(" a ;; b;", ';') == std::vector<std::string>{"a", "b"});
  CHECK(text::split_exactly("a//b/", '/') == std::vector<std::string>{"a", "", "b", ""});
}

TEST_CASE("near names are near", "[text]") {
  CHECK(text::edit_distance("CheckServerCertifcate", "checkservercertificate") == 1);
  CHECK(text::edit_distance("", "abc") == 3);
}

TEST_CASE("dates are shown in UTC", "[clock]") {
  CHECK(iso8601(WallTime(std::chrono::seconds(1'582'934'400))) == "2020-02-29 00:00:00 UTC");
  CHECK(iso_date(WallTime(std::chrono::seconds(-1))) == "1969-12-31");
}
