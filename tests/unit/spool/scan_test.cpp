#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <set>

#include "agent/spool/spool.h"
#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using Catch::Matchers::Contains;
using spool::Spool;
using testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

using Names = std::multiset<std::string>;

struct Seen {
  Names names;
  std::vector<Error> problems;
};

Seen seen_in(const ScratchFolder& scratch) {
  auto spool = Spool::open(scratch / "uploads", false);
  REQUIRE(spool);
  Seen seen;
  auto scan = (*spool)->scan();
  while (const auto entry = scan.next()) seen.names.insert(entry->type + "/" + entry->name);
  seen.problems = scan.take_problems();
  CHECK_FALSE(scan.next());
  return seen;
}

}  // namespace

TEST_CASE("a scan finds what is complete, of all types, and nothing twice", "[scan]") {
  const ScratchFolder scratch;
  for (const char* name : {"Inventories/a", "Inventories/b.ndi.gz", "Discovery/a", "Status/two words"}) {
    scratch.write(std::string("uploads/") + name, "x");
  }
  scratch.folder("uploads/Empty");
  const Seen seen = seen_in(scratch);
  CHECK(seen.names == Names{"Discovery/a", "Inventories/a", "Inventories/b.ndi.gz", "Status/two words"});
  CHECK(seen.problems.empty());
}

TEST_CASE("a scan of one type finds nothing of the others", "[scan]") {
  const ScratchFolder scratch;
  for (const char* name : {"Inventories/a", "Discovery/b", "Discovery/c"}) {
    scratch.write(std::string("uploads/") + name, "x");
  }
  scratch.write("uploads/file", "x");
  auto spool = Spool::open(scratch / "uploads", false);
  REQUIRE(spool);

  auto scan = (*spool)->scan("Discovery");
  Names names;
  while (const auto entry = scan.next()) names.insert(entry->path());
  CHECK(names == Names{"Discovery/b", "Discovery/c"});
  CHECK(scan.take_problems().empty());
  CHECK_FALSE((*spool)->scan("Absent").next());
}

TEST_CASE("a scan passes over what is unfinished, hidden or set aside", "[scan]") {
  const ScratchFolder scratch;
  for (const char* name : {"Inventories/.hidden", "Inventories/a.tmp", ".rejected/Inventories/old", ".hidden/a"}) {
    scratch.write(std::string("uploads/") + name, "x");
  }
  const Seen seen = seen_in(scratch);
  CHECK(seen.names.empty());
  CHECK(seen.problems.empty());
}

TEST_CASE("the folders that a file system keeps for itself are neither types nor files", "[scan]") {
  const ScratchFolder scratch;
  scratch.write("uploads/lost+found/#1", "x");
  scratch.folder("uploads/T/lost+found");
  scratch.write("uploads/T/a", "x");
  scratch.write("uploads/Status/lost+found", "a file is a file");
  const Seen seen = seen_in(scratch);
  CHECK(seen.names == Names{"Status/lost+found", "T/a"});
  CHECK(seen.problems.empty());
}

TEST_CASE("names are bytes: none is left out for them", "[scan]") {
  const ScratchFolder scratch;
  const std::string longest(255, 'n');
  for (const std::string& name : {std::string("two\nlines"), std::string("\xff\xfe"), longest, std::string("%41#?")}) {
    scratch.write("uploads/T/" + name, "x");
  }
  CHECK(seen_in(scratch).names == Names{"T/%41#?", "T/" + longest, "T/two\nlines", "T/\xff\xfe"});
}

TEST_CASE("a link in the place of a type is not followed, and told", "[scan]") {
  const ScratchFolder scratch;
  scratch.write("elsewhere/secret", "x");
  scratch.folder("uploads");
  fs::create_directory_symlink(scratch / "elsewhere", scratch / "uploads/Linked");
  const Seen seen = seen_in(scratch);
  CHECK(seen.names.empty());
  REQUIRE(seen.problems.size() == 1);
  CHECK(seen.problems[0].kind == ErrorKind::local_file);
  CHECK_THAT(seen.problems[0].line(), Contains("uploads/Linked"));
  CHECK_FALSE(seen.problems[0].remedy.empty());
}

TEST_CASE("a file beside the types is told: it would lie there for ever", "[scan]") {
  const ScratchFolder scratch;
  scratch.write("uploads/lost.ndi", "x");
  scratch.write("uploads/.hidden", "x");
  scratch.write("uploads/growing.tmp", "x");
  const Seen seen = seen_in(scratch);
  REQUIRE(seen.problems.size() == 1);
  CHECK_THAT(seen.problems[0].line(), Contains("uploads/lost.ndi"));
}

TEST_CASE("a type with a control character in its name is told", "[scan]") {
  const ScratchFolder scratch;
  scratch.write("uploads/two\nlines/a", "x");
  const Seen seen = seen_in(scratch);
  CHECK(seen.names.empty());
  REQUIRE(seen.problems.size() == 1);
  CHECK_THAT(seen.problems[0].line(), Contains("two") && !Contains("\n"));
}

TEST_CASE("a type that may not be looked into is told, and the others are gone through", "[scan]") {
  if (!testing::is_root()) return;
  const ScratchFolder scratch;
  scratch.write("uploads/Private/a", "x");
  scratch.write("uploads/Public/a", "x");
  ScratchFolder::set_mode(scratch / "uploads/Private", 0700);
  const testing::AsNobody nobody;
  const Seen seen = seen_in(scratch);
  CHECK(seen.names == Names{"Public/a"});
  REQUIRE(seen.problems.size() == 1);
  CHECK_THAT(seen.problems[0].line(), Contains("uploads/Private") && Contains("errno 13"));
}

TEST_CASE("links and pipes inside a type are entries: whoever claims them tells why not", "[scan]") {
  const ScratchFolder scratch;
  scratch.folder("uploads/T/folder");
  fs::create_symlink("nowhere", scratch / "uploads/T/link");
  REQUIRE(::mkfifo((scratch / "uploads/T/pipe").c_str(), 0600) == 0);
  CHECK(seen_in(scratch).names == Names{"T/folder", "T/link", "T/pipe"});
}

TEST_CASE("twenty thousand entries are each seen once", "[scan]") {
  const ScratchFolder scratch;
  scratch.folder("uploads/T");
  for (int i = 0; i < 20'000; ++i) {
    const std::string path = scratch / ("uploads/T/" + std::to_string(i));
    REQUIRE(::mknod(path.c_str(), S_IFREG | 0600, 0) == 0);
  }
  const Seen seen = seen_in(scratch);
  CHECK(seen.names.size() == 20'000);
  CHECK(std::set<std::string>(seen.names.begin(), seen.names.end()).size() == 20'000);
}

TEST_CASE("a scan goes on while what it found is removed", "[scan]") {
  const ScratchFolder scratch;
  for (int i = 0; i < 3000; ++i) scratch.write("uploads/T/" + std::to_string(i), "");
  auto spool = Spool::open(scratch / "uploads", false, spool::Claims::open(scratch / "state").value());
  REQUIRE(spool);
  auto scan = (*spool)->scan();
  std::size_t removed = 0;
  while (const auto entry = scan.next()) {
    const auto claimed = (*spool)->claim(*entry);
    REQUIRE(claimed.item);
    REQUIRE((*spool)->remove(*claimed.item));
    ++removed;
  }
  CHECK(removed == 3000);
  CHECK(fs::is_empty(scratch / "uploads/T"));
}
