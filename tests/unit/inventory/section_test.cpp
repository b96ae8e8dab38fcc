#include <catch2/catch.hpp>

#include "agent/inventory/section.h"

using namespace muster;
using namespace muster::inventory;

TEST_CASE("unknown sections, and none at all, are wrong usage") {
  CHECK(choose_sections({"softwares"}, {}).error().kind == ErrorKind::usage);
  CHECK(choose_sections({}, {"everything"}).error().kind == ErrorKind::usage);
  CHECK(choose_sections({"os"}, {"os"}).error().kind == ErrorKind::usage);
}

TEST_CASE("languages are only collected when they are named") {
  const auto all = choose_sections({}, {});
  REQUIRE(all);
  CHECK(std::find(all->begin(), all->end(), Section::languages) == all->end());
  CHECK(is_complete(*all));
  CHECK(*choose_sections({"languages"}, {}) == Sections{Section::languages});
}

TEST_CASE("names may be joined, repeated and in capitals") {
  CHECK(*choose_sections({"software,OS", "cpu"}, {"cpu"}) == Sections{Section::os, Section::software});
  CHECK_FALSE(is_complete(*choose_sections({}, {"usb"})));
}
