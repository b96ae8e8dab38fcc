#include "platform/base/text.h"

#include <catch2/catch.hpp>

using namespace muster;

TEST_CASE("only plain decimal numbers parse", "[text]") {
  for (const char* wrong : {"", " 1", "1 ", "+1", "-1", "1.0", "0x10", "1e3", "18446744073709551616"}) {
    INFO(wrong);
    CHECK_FALSE(text::to_number(wrong));
  }
  CHECK(text::to_number("0") == 0U);
  CHECK(text::to_number("18446744073709551615") == 18446744073709551615U);
}

TEST_CASE("a path segment cannot break out of its place in a URL", "[text]") {
  CHECK(text::encode_segment("../x") == "..%2Fx");
  CHECK(text::encode_segment("a b?c#d%e\r\n") == "a%20b%3Fc%23d%25e%0D%0A");
  CHECK(text::encode_segment("\xC3\xA9") == "%C3%A9");
  CHECK(text::encode_segment("A-z_0.9~") == "A-z_0.9~");
}

TEST_CASE("control characters are not printed", "[text]") {
  CHECK(text::printable("a\nb\x1b[31mc\x7f") == "a?b?[31mc?");
  CHECK(text::printable("\xC3\xA9\xC2\xA7") == "\xC3\xA9\xC2\xA7");
  CHECK(text::printable("a\xC2\x9B"
                        "31m") == "a?31m");
  CHECK(text::printable("a\xE2\x80\xAE"
                        "b\xE2\x81\xA9"
                        "c\xE2\x80\x8F"
                        "d\xD8\x9C") == "a?b?c?d?");
  CHECK(text::printable("\xE2\x80\x93\xE2\x82\xAC\xD8\xA7\xE2\x80") == "\xE2\x80\x93\xE2\x82\xAC\xD8\xA7\xE2\x80");
}

TEST_CASE("base64 agrees with RFC 4648, section 10", "[text]") {
  CHECK(text::base64("").empty());
  CHECK(text::base64("f") == "Zg==");
  CHECK(text::base64("fo") == "Zm8=");
  CHECK(text::base64("foo") == "Zm9v");
  CHECK(text::base64("foobar") == "Zm9vYmFy");
  CHECK(text::base64("\xFF\xFE") == "//4=");
}

TEST_CASE("hex is in lower case and keeps leading zeros", "[text]") {
  CHECK(text::hex(std::string_view("\0\x0a\xff", 3)) == "000aff");
}

TEST_CASE("comparisons ignore the case of ASCII letters only", "[text]") {
  CHECK(text::equal_ignoring_case("Host", "hOST"));
  CHECK_FALSE(text::equal_ignoring_case("Host", "Hosts"));
  CHECK_FALSE(text::equal_ignoring_case("@", "`"));
  CHECK_FALSE(text::equal_ignoring_case("\xC3\x89", "\xC3\xA9"));
  CHECK(text::starts_with_ignoring_case("Content-Type", "content-"));
  CHECK_FALSE(text::starts_with_ignoring_case("con", "content"));
  CHECK(text::contains_ignoring_case("No Required SSL", "required"));
  CHECK(text::lower("AbC\xC3\x89") == "abc\xC3\x89");
}

TEST_CASE("split drops what is empty and split_exactly keeps it", "[text]") {
  CHECK(text::split(" a, ,b ,", ',') == std::vector<std::string>{"a", "b"});
  CHECK(text::split_exactly("a,,b ", ',') == std::vector<std::string>{"a", "", "b "});
  CHECK(text::trim(" \t\r\n") == "");
}

TEST_CASE("the edit distance counts single characters", "[text]") {
  CHECK(text::edit_distance("", "abc") == 3);
  CHECK(text::edit_distance("SSLCRLPath", "sslcrlpath") == 0);
  CHECK(text::edit_distance("SSLCRLPath", "SSLCLRPath") == 2);
}
