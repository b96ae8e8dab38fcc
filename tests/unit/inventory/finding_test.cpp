#include <catch2/catch.hpp>

#include "agent/inventory/finding.h"

using namespace muster::inventory;

namespace {

Finding drives(std::uint64_t free) {
  Record record;
  record.add("volumn", "/dev/sda1").add("free", free).changing();
  return {{{"drives", {record}, false}}, {"a note"}};
}

}  // namespace

TEST_CASE("a finding survives its way between two processes") {
  const auto written = decode(encode(drives(7)));
  REQUIRE(written);
  REQUIRE(written->groups.size() == 1);
  CHECK(written->groups[0].key == "drives");
  CHECK(written->groups[0].json == R"({"volumn":"/dev/sda1","free":7})");
  CHECK(written->notes == std::vector<std::string>{"a note"});
}

TEST_CASE("what changes by itself leaves the digest as it is") {
  Finding other = drives(7);
  other.groups[0].records[0].add("label", "new");
  CHECK(decode(encode(drives(7)))->digest == decode(encode(drives(8)))->digest);
  CHECK(decode(encode(drives(7)))->digest != decode(encode(other))->digest);
}

TEST_CASE("a list whose entries only change by themselves may come and go") {
  Record user;
  user.add("login", "root").changing();
  CHECK(decode(encode({{{"users", {user}, false}}, {}}))->digest == decode(encode({{}, {}}))->digest);
}

TEST_CASE("damaged bytes are no finding") {
  const std::string bytes = encode(drives(7));
  CHECK_FALSE(decode(""));
  CHECK_FALSE(decode("x"));
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode(bytes.substr(0, size)));
}

TEST_CASE("what is empty is left out, and what is not UTF-8 is replaced") {
  Record record;
  record.add("empty", "").add("none", std::optional<std::uint64_t>()).add_flag("unknown", std::nullopt);
  record.add_list("list", {}).add_record("object", {}).add("name", "a\xff\"\n");
  CHECK(json_of(record) == "{\"name\":\"a\xef\xbf\xbd\\\"\\n\"}");
}
