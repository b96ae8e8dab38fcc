#include "agent/outbox/deferred.h"

#include <catch2/catch.hpp>

#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using outbox::DeferredFiles;
using spool::Entry;
using testing::ScratchFolder;

TEST_CASE("what failed is known to the next process, whatever its name", "[postponed]") {
  const ScratchFolder scratch;
  const Entry odd{"Inventories", "two\nlines \xff"};
  {
    DeferredFiles postponed(scratch / "state");
    postponed.add(odd);
    postponed.add({"Inventories", "a"});
    postponed.remove({"Inventories", "a"});
    postponed.keep();
  }
  DeferredFiles postponed(scratch / "state");
  CHECK(postponed.contains(odd));
  CHECK_FALSE(postponed.contains({"Inventories", "a"}));
  CHECK_FALSE(postponed.contains({"Status", odd.name}));
  postponed.remove(odd);
  postponed.keep();
  CHECK(platform::absent(scratch / "state" / "postponed"));
}

TEST_CASE("what a whole pass has not seen is forgotten", "[postponed]") {
  DeferredFiles postponed({});
  for (const char* name : {"a", "b", "c"}) postponed.add({"Inventories", name});
  postponed.begin_pass();
  CHECK(postponed.contains({"Inventories", "b"}));
  postponed.add({"Inventories", "new"});
  postponed.end_pass();
  CHECK_FALSE(postponed.contains({"Inventories", "a"}));
  CHECK(postponed.contains({"Inventories", "b"}));
  CHECK(postponed.contains({"Inventories", "new"}));
}

TEST_CASE("of too many the oldest are forgotten", "[postponed]") {
  const ScratchFolder scratch;
  {
    DeferredFiles postponed(scratch.path());
    for (int i = 0; i < 1500; ++i) postponed.add({"Inventories", std::to_string(i)});
    postponed.keep();
  }
  DeferredFiles postponed(scratch.path());
  postponed.add({"Inventories", "one more"});
  CHECK_FALSE(postponed.contains({"Inventories", "500"}));
  CHECK(postponed.contains({"Inventories", "501"}));
  CHECK(postponed.contains({"Inventories", "1499"}));
}

TEST_CASE("a damaged record postpones nothing", "[postponed]") {
  const ScratchFolder scratch;
  scratch.write("postponed", GENERATE(as<std::string>(), "", "junk\n\0\xff", std::string(1'000'000, 'a')));
  CHECK(DeferredFiles(scratch.path()).empty());
}
