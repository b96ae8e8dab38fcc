#include "agent/spool/entry_name.h"

#include <catch2/catch.hpp>
#include <set>

using namespace muster;
using spool::is_type;
using spool::is_unfinished;
using spool::reason_name;
using spool::set_aside_name;

TEST_CASE("a type is one visible folder name", "[entry_name]") {
  for (const char* good : {"Inventories", "Discovery", "a", "a.b", "with space", "größe", "x.tmp"}) {
    INFO(good);
    CHECK(is_type(good));
  }
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string(".rejected"), std::string("a/b"),
        std::string("/"), std::string("a\nb"), std::string("a\x7f"), std::string("a\0b", 3), std::string("\x1b[31m")}) {
    INFO(bad);
    CHECK_FALSE(is_type(bad));
  }
}

TEST_CASE("hidden names and those that end in .tmp are still being written", "[entry_name]") {
  for (const char* name : {".hidden", ".", "a.tmp", ".tmp", "a.ndi.tmp"}) CHECK(is_unfinished(name));
  for (const char* name : {"a", "a.TMP", "a.tmp.gz", "tmp", "atmp", "a.tmp "}) CHECK_FALSE(is_unfinished(name));
}

TEST_CASE("the first try at setting aside keeps the name", "[entry_name]") {
  const std::string longest(255, 'n');
  CHECK(set_aside_name("a.ndi", 0) == "a.ndi");
  CHECK(set_aside_name(longest, 0) == longest);
}

TEST_CASE("each try has a name of its own, never beyond 255 bytes", "[entry_name]") {
  for (const std::size_t length : {1U, 200U, 248U, 250U, 252U, 253U, 254U, 255U}) {
    const std::string name(length, 'n');
    std::set<std::string> names;
    for (unsigned attempt = 0; attempt < 1000; ++attempt) {
      const std::string aside = set_aside_name(name, attempt);
      CHECK(aside.size() <= 255);
      names.insert(aside);
    }
    CHECK(names.size() == 1000);
  }
}

TEST_CASE("a reason stands beside its file, never beyond 255 bytes", "[entry_name]") {
  CHECK(reason_name("a.ndi") == "a.ndi.reason");
  for (const std::size_t length : {247U, 248U, 249U, 255U}) {
    const std::string name(length, 'n');
    const std::string reason = reason_name(name);
    CHECK(reason.size() <= 255);
    CHECK(reason != name);
    CHECK(spool::is_reason(reason));
  }
}
