#include "platform/base/utf8.h"

#include <catch2/catch.hpp>
#include <string>

using namespace muster;

TEST_CASE("text is cut beside a code point and not inside it", "[utf8]") {
  const std::string value = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";  // 1, 2, 3, 4 and 1 bytes
  const std::size_t before[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
  const std::size_t after[] = {0, 1, 3, 3, 6, 6, 6, 10, 10, 10, 10, 11};
  for (std::size_t at = 0; at <= value.size(); ++at) {
    CAPTURE(at);
    CHECK(text::cut_before(value, at) == before[at]);
    CHECK(text::cut_after(value, at) == after[at]);
  }
}

TEST_CASE("bytes that are no text are cut as well", "[utf8]") {
  const std::string value = "\x80\x80\xff\x80";
  CHECK(text::cut_before(value, 1) == 0);
  CHECK(text::cut_before(value, 3) == 2);
  CHECK(text::cut_after(value, 0) == 2);
  CHECK(text::cut_after(value, 3) == 4);
  CHECK(text::cut_before("", 0) == 0);
  CHECK(text::cut_after("", 0) == 0);
}
