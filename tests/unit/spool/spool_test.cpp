#include "agent/spool/spool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using spool::Spool;
using State = spool::Claimed::State;
using Catch::Matchers::Contains;
using testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<Spool> opened(const ScratchFolder& scratch, bool make = true) {
  auto claims = spool::Claims::open(scratch / "state");
  REQUIRE(claims);
  auto spool = Spool::open(scratch / "uploads", make, std::move(*claims));
  REQUIRE(spool);
  return std::move(*spool);
}

}  // namespace

TEST_CASE("a spool is made where that is asked for, and only then", "[spool]") {
  const ScratchFolder scratch;
  const auto looked = opened(scratch, false);
  CHECK_FALSE(looked->scan().next());
  CHECK_FALSE(fs::exists(scratch / "uploads"));
  opened(scratch);
  CHECK(fs::is_directory(scratch / "uploads"));
}

TEST_CASE("a spool that appears later is found", "[spool]") {
  const ScratchFolder scratch;
  const auto spool = opened(scratch, false);
  CHECK_FALSE(spool->scan().next());
  scratch.write("uploads/Inventories/a", "x");
  CHECK(spool->scan().next() == spool::Entry{"Inventories", "a"});
}

TEST_CASE("a file where the spool should be is an error, not an empty spool", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads", "x");
  for (const bool make : {true, false}) {
    const auto spool = Spool::open(scratch / "uploads", make);
    REQUIRE_FALSE(spool);
    CHECK(spool.error().kind == ErrorKind::local_file);
  }
}

TEST_CASE("a spool that may not be looked into is an error, not an empty one", "[spool]") {
  if (!testing::is_root()) return;
  const ScratchFolder scratch;
  scratch.folder("uploads", 0700);
  const testing::AsNobody nobody;
  const auto spool = Spool::open(scratch / "uploads", false);
  REQUIRE_FALSE(spool);
  CHECK_THAT(spool.error().line(), Contains("errno 13") && Contains("join the group muster"));
}

TEST_CASE("a claimed name is busy for others until the last holder of the item ends", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Inventories/a", "12345");
  const auto spool = opened(scratch);
  auto claimed = spool->claim({"Inventories", "a"});
  REQUIRE(claimed.state == State::held);
  REQUIRE(claimed.item);
  CHECK(claimed.item->path == scratch / "uploads/Inventories/a");
  CHECK(claimed.item->facts.size == 5);
  auto holder = std::optional(*claimed.item);
  claimed.item.reset();
  const auto other = opened(scratch);
  CHECK(other->claim({"Inventories", "a"}).state == State::busy);
  CHECK(spool->claim({"Inventories", "a"}).state == State::busy);
  CHECK(other->claim({"Discovery", "a"}).state == State::gone);
  holder.reset();
  CHECK(other->claim({"Inventories", "a"}).state == State::held);
}

TEST_CASE("a claim that a crash ended is free again, and the file is where it was", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Inventories/a", "x");
  const pid_t child = ::fork();
  if (child == 0) {
    auto claims = spool::Claims::open(scratch / "state");
    auto spool = Spool::open(scratch / "uploads", false, std::move(*claims));
    const auto claimed = (*spool)->claim({"Inventories", "a"});
    ::_exit(claimed.item ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  REQUIRE(status == 0);
  CHECK(opened(scratch)->claim({"Inventories", "a"}).state == State::held);
}

TEST_CASE("looking at entries makes none of them busy", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Inventories/a", "x");
  const auto spool = opened(scratch);
  const auto looked = spool->examine({"Inventories", "a"});
  CHECK(looked.state == platform::OpenEntry::State::open);
  CHECK(opened(scratch)->claim({"Inventories", "a"}).state == State::held);
}

TEST_CASE("an entry whose type has gone is gone as well", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Status/a", "x");
  const auto spool = opened(scratch);
  fs::remove_all(scratch / "uploads/Status");
  for (const char* type : {"Nowhere", "Status"}) {
    const auto claimed = spool->claim({type, "a"});
    CHECK(claimed.state == State::gone);
    CHECK(claimed.problem.message.empty());
  }
}

TEST_CASE("an entry below a link or a file in the place of its type is a problem", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("elsewhere/a", "x");
  scratch.write("uploads/File", "x");
  fs::create_directory_symlink(scratch / "elsewhere", scratch / "uploads/Link");
  const auto spool = opened(scratch);
  for (const char* type : {"File", "Link"}) {
    const auto claimed = spool->claim({type, "a"});
    CHECK(claimed.state == State::unreadable);
    CHECK_THAT(claimed.problem.line(), Contains(type));
  }
}

TEST_CASE("a newer version of a claimed file is not claimed beside it", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Inventories/a", "old");
  const auto agent = opened(scratch);
  const auto command = opened(scratch);
  auto old = agent->claim({"Inventories", "a"});
  REQUIRE(old.item);
  SECTION("renamed over it") {
    scratch.write("uploads/Inventories/.a", "new");
    fs::rename(scratch / "uploads/Inventories/.a", scratch / "uploads/Inventories/a");
  }
  SECTION("removed and written again") {
    fs::remove(scratch / "uploads/Inventories/a");
    scratch.write("uploads/Inventories/a", "new");
  }
  SECTION("linked in its place") {
    fs::remove(scratch / "uploads/Inventories/a");
    fs::create_hard_link(scratch.write("elsewhere", "new"), scratch / "uploads/Inventories/a");
    fs::remove(scratch / "elsewhere");
  }
  CHECK(agent->claim({"Inventories", "a"}).state == State::busy);
  CHECK(command->claim({"Inventories", "a"}).state == State::busy);
  CHECK(agent->remove(*old.item) == spool::Removal::replaced);
  old.item.reset();
  const auto newer = command->claim({"Inventories", "a"});
  REQUIRE(newer.item);
  CHECK(platform::read_all(*newer.item->file, "a", 100) == "new");
}

TEST_CASE("a reader's lock on a file does not keep it from being claimed", "[spool]") {
  const ScratchFolder scratch;
  const auto path = scratch.write("uploads/Inventories/a", "x");
  const platform::UniqueFd reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::flock(reader.get(), LOCK_EX) == 0);
  CHECK(opened(scratch)->claim({"Inventories", "a"}).state == State::held);
}

TEST_CASE("without claims a spool can be examined, and nothing in it is claimed", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Inventories/a", "x");
  auto spool = Spool::open(scratch / "uploads", false);
  REQUIRE(spool);
  CHECK((*spool)->examine({"Inventories", "a"}).state == platform::OpenEntry::State::open);
  CHECK((*spool)->claim({"Inventories", "a"}).state == State::unreadable);
}

TEST_CASE("nothing is claimed in a folder that nothing can be removed from, and the folder is named", "[spool]") {
  if (!testing::is_root()) return;
  const ScratchFolder scratch;
  scratch.write("uploads/Roots/a", "x", 0644);
  scratch.write("uploads/Open/a", "x", 0644);
  ScratchFolder::set_mode(scratch / "uploads/Open", 0777);
  scratch.folder("state", 0777);
  const testing::AsNobody nobody;
  const auto spool = opened(scratch, false);
  const auto claimed = spool->claim({"Roots", "a"});
  CHECK(claimed.state == State::unreadable);
  CHECK_THAT(claimed.problem.line(), Contains("uploads/Roots") && Contains("errno 13") && Contains("permissions"));
  auto scan = spool->scan();
  CHECK(scan.next() == spool::Entry{"Open", "a"});
  CHECK_FALSE(scan.next());
  const auto problems = scan.take_problems();
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0].line(), Contains("uploads/Roots"));
}

TEST_CASE("what was removed is gone after the next sync, and counts until then", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Inventories/a", "x");
  const auto spool = opened(scratch);
  const auto claimed = spool->claim({"Inventories", "a"});
  REQUIRE(claimed.item);
  CHECK(spool->unsynced() == 0);
  REQUIRE(spool->remove(*claimed.item));
  CHECK_FALSE(fs::exists(scratch / "uploads/Inventories/a"));
  CHECK(spool->unsynced() == 1);
  REQUIRE(spool->sync());
  CHECK(spool->unsynced() == 0);
}

TEST_CASE("a file that replaced a claimed one stays when that is removed", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Inventories/a", "old");
  const auto spool = opened(scratch);
  const auto claimed = spool->claim({"Inventories", "a"});
  REQUIRE(claimed.item);
  scratch.write("uploads/Inventories/.a", "new");
  fs::rename(scratch / "uploads/Inventories/.a", scratch / "uploads/Inventories/a");
  REQUIRE(spool->remove(*claimed.item));
  CHECK(ScratchFolder::content_of(scratch / "uploads/Inventories/a") == "new");
}

TEST_CASE("a type is made with the rights of the spool", "[spool]") {
  const ScratchFolder scratch;
  scratch.folder("uploads", 02770);
  const auto spool = opened(scratch);
  REQUIRE(spool->make_type("Inventories"));
  REQUIRE(spool->make_type("Inventories"));
  const auto mode = static_cast<unsigned>(fs::status(scratch / "uploads/Inventories").permissions());
  CHECK((mode & 07777U) == 02770U);
  CHECK(spool->types() == std::vector<std::string>{"Inventories"});
}

TEST_CASE("a file of our own is put there whole, for the group to read, and what a killed run left is removed",
          "[spool]") {
  const ScratchFolder scratch;
  const auto spool = opened(scratch);
  REQUIRE(spool->put({"Inventories", "a"}, "old"));
  const fs::path left = scratch.write("uploads/Inventories/.muster-1.tmp", "half");
  fs::last_write_time(left, fs::file_time_type::clock::now() - std::chrono::hours(1));
  REQUIRE(spool->put({"Inventories", "a"}, "content"));

  const fs::path file = scratch / "uploads/Inventories/a";
  CHECK(ScratchFolder::content_of(file) == "content");
  CHECK((static_cast<unsigned>(fs::status(file).permissions()) & 07777U) == 0640U);
  CHECK_FALSE(fs::exists(left));
}

TEST_CASE("nothing is put behind a link in the place of a type", "[spool]") {
  const ScratchFolder scratch;
  scratch.folder("uploads");
  fs::create_directory_symlink(scratch.folder("victim"), scratch / "uploads/Inventories");
  const auto put = opened(scratch)->put({"Inventories", "a"}, "content");
  REQUIRE_FALSE(put);
  CHECK(put.error().kind == ErrorKind::local_file);
  CHECK_THAT(put.error().line(), Contains("uploads/Inventories"));
  CHECK(fs::is_empty(scratch / "victim"));
}

TEST_CASE("a type folder that was removed and made again is the new one", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Inventories/a", "x");
  const auto spool = opened(scratch);
  CHECK(spool->scan().next());
  fs::remove_all(scratch / "uploads/Inventories");
  scratch.write("uploads/Inventories/b", "x");
  CHECK(spool->scan().next() == spool::Entry{"Inventories", "b"});
  CHECK(spool->claim({"Inventories", "b"}).state == State::held);
}

TEST_CASE("a spool that was removed and made again is the new one", "[spool]") {
  const ScratchFolder scratch;
  scratch.write("uploads/Inventories/a", "x");
  const auto spool = opened(scratch);
  CHECK(spool->scan().next());
  fs::remove_all(scratch / "uploads");
  scratch.write("uploads/Inventories/b", "x");
  CHECK(spool->scan().next() == spool::Entry{"Inventories", "b"});
  CHECK(spool->claim({"Inventories", "b"}).state == State::held);
}

TEST_CASE("more types than may be open at once all have their turn", "[spool]") {
  const ScratchFolder scratch;
  for (int i = 0; i < 100; ++i) scratch.write("uploads/T" + std::to_string(i) + "/a", "x");
  const auto spool = opened(scratch);
  auto scan = spool->scan();
  std::size_t removed = 0;
  while (const auto entry = scan.next()) {
    const auto claimed = spool->claim(*entry);
    REQUIRE(claimed.item);
    REQUIRE(spool->remove(*claimed.item));
    ++removed;
  }
  CHECK(removed == 100);
  CHECK(spool->sync());
}
