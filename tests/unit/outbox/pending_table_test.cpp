#include "agent/outbox/pending_table.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using outbox::PendingTable;
using spool::Entry;
using testing::CapturedStream;
using testing::ScratchFolder;

namespace {

const WallTime now = wall_now();

PendingTable opened(const ScratchFolder& scratch) {
  return {scratch / "state", spool::Claims::open(scratch / "state").value()};
}

}  // namespace

TEST_CASE("what failed is known to the next process, whatever its name", "[pending]") {
  const ScratchFolder scratch;
  const Entry odd{"Inventories", "two\nlines \xff\t"};
  {
    PendingTable table = opened(scratch);
    table.failed(odd, "HTTP 403;\n\tsay why", now);
    table.failed({"Inventories", "a"}, "", now);
    table.remove({"Inventories", "a"});
    table.keep();
  }
  PendingTable table = opened(scratch);
  const auto* known = table.find(odd);
  REQUIRE(known != nullptr);
  CHECK(known->why == "HTTP 403;??say why");
  CHECK(known->type == "Inventories");
  CHECK(known->tries == 1);
  CHECK_FALSE(known->is_due(now));
  CHECK(known->is_due(now + seconds(31)));
  CHECK(table.find({"Inventories", "a"}) == nullptr);
  CHECK(table.find({"Status", odd.name}) == nullptr);
}

TEST_CASE("a table that cannot be written is reported once, and written once it can be", "[pending]") {
  const ScratchFolder scratch;
  PendingTable table = opened(scratch);
  std::filesystem::create_directory(scratch / "state/pending");
  std::string logged;
  {
    const CapturedStream captured;
    for (const char* name : {"a", "b"}) {
      table.failed({"Inventories", name}, "why", now);
      table.keep();
    }
    logged = captured.text();
  }

  CHECK(std::count(logged.begin(), logged.end(), '\n') == 1);
  CHECK_THAT(logged, Catch::Matchers::Contains("state/pending"));
  std::filesystem::remove(scratch / "state/pending");
  table.failed({"Inventories", "c"}, "why", now);
  table.keep();
  PendingTable next = opened(scratch);
  for (const char* name : {"a", "b", "c"}) CHECK(next.find({"Inventories", name}) != nullptr);
}

TEST_CASE("a file that fails again waits longer, but never longer than half an hour", "[pending]") {
  PendingTable table({}, nullptr);
  const Entry entry{"Inventories", "a"};
  WallTime::duration before{};
  for (int i = 0; i < 20; ++i) {
    table.failed(entry, "why", now);
    const auto wait = table.find(entry)->not_before - now;
    if (i > 0 && i < 6) CHECK(wait >= before);
    CHECK(wait <= seconds(1800));
    before = wait;
  }
  CHECK(table.find(entry)->tries == 20);
}

TEST_CASE("a time that no wait leads to is not believed", "[pending]") {
  outbox::PendingFile file;
  file.not_before = now + std::chrono::hours(24);
  CHECK(file.is_due(now));
}

TEST_CASE("a delivered file is known by device, inode and status time, also after a restart", "[pending]") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "x");
  const auto facts = platform::facts_at(path).value();
  {
    PendingTable table = opened(scratch);
    table.not_removed({"Inventories", "a"}, facts, "cannot remove", now);
    table.keep_if_delivered();
  }
  PendingTable table = opened(scratch);
  const auto* known = table.find({"Inventories", "a"});
  REQUIRE(known != nullptr);
  CHECK(known->delivered == outbox::delivered_file(facts));
  auto changed = facts;
  SECTION("another status time") { changed.status_changed += milliseconds(1); }
  SECTION("another inode") { ++changed.inode; }
  SECTION("another device") { ++changed.device; }
  CHECK(known->delivered != outbox::delivered_file(changed));
}

TEST_CASE("two processes keep what the other one has written", "[pending]") {
  const ScratchFolder scratch;
  PendingTable agent = opened(scratch);
  PendingTable command = opened(scratch);
  agent.failed({"T", "of the agent"}, "1", now);
  command.failed({"T", "of the command"}, "2", now);
  command.refused("T");
  agent.keep();
  command.keep();
  CHECK(command.find({"T", "of the agent"}) != nullptr);
  agent.remove({"T", "of the agent"});
  agent.keep();
  PendingTable later = opened(scratch);
  CHECK(later.find({"T", "of the agent"}) == nullptr);
  CHECK(later.find({"T", "of the command"}) != nullptr);
  CHECK(later.refusals("T") == 1);
}

TEST_CASE("what a whole pass has not seen is forgotten", "[pending]") {
  PendingTable table({}, nullptr);
  for (const char* name : {"a", "b", "c"}) table.failed({"T", name}, "", now);
  table.begin_pass();
  CHECK(table.find({"T", "b"}) != nullptr);
  table.failed({"T", "new"}, "", now);
  table.end_pass();
  CHECK(table.find({"T", "a"}) == nullptr);
  CHECK(table.find({"T", "b"}) != nullptr);
  CHECK(table.find({"T", "new"}) != nullptr);
}

TEST_CASE("a delivery of a type makes its files due, but not those that were delivered", "[pending]") {
  PendingTable table({}, nullptr);
  table.failed({"T", "a"}, "", now);
  table.failed({"Other", "a"}, "", now);
  table.not_removed({"T", "sent"}, {}, "", now);
  for (int i = 0; i < 3; ++i) table.refused("T");
  CHECK(table.refusals("T") == 3);
  table.forgive("T");
  CHECK(table.refusals("T") == 0);
  CHECK(table.find({"T", "a"})->is_due(now));
  CHECK_FALSE(table.find({"Other", "a"})->is_due(now));
  CHECK_FALSE(table.find({"T", "sent"})->is_due(now));
}

TEST_CASE("of too many the first ones to be tried are forgotten, and what was delivered last", "[pending]") {
  PendingTable table({}, nullptr);
  platform::FileFacts facts;
  facts.inode = 5;
  table.not_removed({"T", "sent"}, facts, "", now - std::chrono::hours(1));
  for (std::size_t i = 0; i < PendingTable::max_files + 50; ++i) {
    table.failed({"T", std::to_string(i)}, "", now + milliseconds(i));
  }
  CHECK(table.find({"T", "sent"}) != nullptr);
  CHECK(table.find({"T", std::to_string(PendingTable::max_files + 49)}) != nullptr);
}

TEST_CASE("a damaged record holds nothing up", "[pending]") {
  const ScratchFolder scratch;
  scratch.write(
      "state/pending",
      GENERATE(as<std::string>(), "", "junk\n\0\xff", "\t\t\n \n", "0123456789abcdef 1 2 3\tT\twhy\n",
               "0123456789abcdef 99999999999999999999 1 0 0 0\tT\twhy\n", "type x\tT\n", std::string(1000, 'a')));
  PendingTable table = opened(scratch);
  CHECK(table.empty());
  CHECK(table.refusals("T") == 0);
}
