#include "agent/outbox/settle_table.h"

#include <catch2/catch.hpp>

using namespace muster;
using outbox::SettleTable;
using outbox::Settling;
using platform::Writers;

namespace {

const spool::Entry file{"Inventories", "a"};

struct Clock {
  SteadyTime now{std::chrono::hours(100)};
  WallTime wall{std::chrono::hours(400'000) + milliseconds(7)};
  void pass(milliseconds time) {
    now += time;
    wall += time;
  }
  // Facts of a file that was last written so long ago.
  platform::FileFacts facts(milliseconds age, std::uint64_t size = 10) const {
    platform::FileFacts facts;
    facts.inode = 5;
    facts.size = size;
    facts.modified = facts.status_changed = wall - age;
    return facts;
  }
};

struct Table : SettleTable {
  Settling at(const Clock& clock, const platform::FileFacts& facts, Writers writers) {
    return judge(file, facts, writers, clock.now, clock.wall);
  }
};

}  // namespace

TEST_CASE("a file without writers is complete one tick after its last change", "[settle]") {
  Table table;
  Clock clock;
  const auto fresh = clock.facts(milliseconds(1));
  CHECK(table.at(clock, fresh, Writers::none) == Settling::tick);
  CHECK(table.settles_soon());
  clock.pass(milliseconds(25));
  CHECK(table.take_due(clock.now) == file);
  CHECK(table.at(clock, fresh, Writers::none) == Settling::complete);
  CHECK_FALSE(table.settles_soon());
  CHECK(table.at(clock, clock.facts(seconds(3)), Writers::none) == Settling::complete);
}

TEST_CASE("on a file system that keeps whole seconds a tick is two seconds", "[settle]") {
  Table table;
  Clock clock;
  auto facts = clock.facts(milliseconds(0));
  facts.modified = facts.status_changed = std::chrono::floor<seconds>(clock.wall);
  CHECK(table.at(clock, facts, Writers::none) == Settling::tick);
  clock.pass(milliseconds(1500));
  CHECK(table.at(clock, facts, Writers::none) == Settling::tick);
  clock.pass(milliseconds(700));
  CHECK(table.at(clock, facts, Writers::none) == Settling::complete);
}

TEST_CASE("times in the future, and a clock that was set back, hold a file up no longer than a tick", "[settle]") {
  for (const milliseconds ahead : {milliseconds(50), milliseconds(std::chrono::hours(24 * 365))}) {
    Table table;
    Clock clock;
    const auto facts = clock.facts(-ahead);
    CHECK(table.at(clock, facts, Writers::none) == Settling::tick);
    clock.pass(milliseconds(25));
    CHECK(table.at(clock, facts, Writers::none) == Settling::complete);
  }
}

TEST_CASE("where nothing is known of writers, a minute without a change counts, by the monotonic clock", "[settle]") {
  Table table;
  Clock clock;
  const auto facts = clock.facts(std::chrono::hours(1));
  CHECK(table.at(clock, facts, Writers::unknown) == Settling::quiet);
  clock.wall += std::chrono::hours(10);  // it was set: that proves nothing
  CHECK(table.at(clock, facts, Writers::unknown) == Settling::quiet);
  clock.now += seconds(59);
  CHECK(table.at(clock, facts, Writers::unknown) == Settling::quiet);
  CHECK_FALSE(table.settles_soon());
  REQUIRE(table.wakes_at());
  CHECK(*table.wakes_at() == clock.now + seconds(1));
  clock.now += seconds(1);
  CHECK(table.at(clock, facts, Writers::unknown) == Settling::complete);
}

TEST_CASE("each change of size, times or file begins the minute from its start", "[settle]") {
  Clock clock;
  auto before = clock.facts(seconds(10));
  auto after = before;
  SECTION("size") { after.size += 1; }
  SECTION("modification time, set back") { after.modified -= std::chrono::hours(1); }
  SECTION("status time") { after.status_changed += milliseconds(4); }
  SECTION("another file of that name") { after.inode += 1; }
  Table table;
  table.at(clock, before, Writers::unknown);
  clock.pass(seconds(59));
  CHECK(table.at(clock, after, Writers::unknown) == Settling::quiet);
  clock.pass(seconds(59));
  CHECK(table.at(clock, after, Writers::unknown) == Settling::quiet);
  clock.pass(seconds(1));
  CHECK(table.at(clock, after, Writers::unknown) == Settling::complete);
}

TEST_CASE("a file whose writer was seen to close it needs no minute, unless it is written again", "[settle]") {
  Table table;
  Clock clock;
  table.closed(file, clock.now);
  const auto facts = clock.facts(milliseconds(0));
  SECTION("closed") {
    clock.pass(milliseconds(25));
    CHECK(table.take_due(clock.now) == file);
    CHECK(table.at(clock, facts, Writers::unknown) == Settling::complete);
  }
  SECTION("written again") {
    table.written(file);
    clock.pass(milliseconds(25));
    CHECK(table.at(clock, facts, Writers::unknown) == Settling::quiet);
  }
  SECTION("a new file of that name") {
    table.named(file, clock.now);
    clock.pass(milliseconds(25));
    CHECK(table.at(clock, facts, Writers::unknown) == Settling::quiet);
  }
  SECTION("closed by one of two writers") {
    clock.pass(milliseconds(25));
    CHECK(table.at(clock, facts, Writers::some) == Settling::writer);
  }
}

TEST_CASE("a file that is open for writing waits however long it does not change, and is examined again", "[settle]") {
  Table table;
  Clock clock;
  const auto facts = clock.facts(seconds(10));
  for (int minute = 0; minute < 5; ++minute) {
    CHECK(table.at(clock, facts, Writers::some) == Settling::writer);
    clock.pass(seconds(60));
    CHECK(table.take_due(clock.now) == file);
  }
  CHECK(table.at(clock, facts, Writers::none) == Settling::complete);
}

TEST_CASE("a full table says so once it can take more, and counts right", "[settle]") {
  SettleTable table;
  const Clock clock;
  const std::size_t more = SettleTable::max_files + 10;
  for (std::size_t i = 0; i < more; ++i) table.closed({"T", std::to_string(i)}, clock.now);
  CHECK_FALSE(table.take_overflow());
  for (std::size_t i = 0; i < SettleTable::max_files; ++i) table.forget({"T", std::to_string(i)});
  CHECK_FALSE(table.settles_soon());
  CHECK_FALSE(table.wakes_at());
  CHECK(table.take_overflow());
  CHECK_FALSE(table.take_overflow());
}
