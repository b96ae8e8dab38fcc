#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "agent/spool/spool.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using spool::Spool;
using testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  ScratchFolder scratch;
  std::unique_ptr<Spool> spool =
      std::move(Spool::open(scratch / "uploads", true, spool::Claims::open(scratch / "state").value()).value());

  spool::Item item(const std::string& name, const std::string& content = "x") {
    scratch.write("uploads/T/" + name, content);
    auto claimed = spool->claim({"T", name});
    REQUIRE(claimed.item);
    return std::move(*claimed.item);
  }
  // What lies in .rejected/T: content by name.
  std::map<std::string, std::string> rejected() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::directory_iterator(scratch / "uploads/.rejected/T")) {
      all.emplace(entry.path().filename(), ScratchFolder::content_of(entry.path()));
    }
    return all;
  }
};

using Files = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("a file that is set aside keeps its name and content and gets a reason", "[set_aside]") {
  Fixture fixture;
  const auto item = fixture.item("a.ndi", "content");
  REQUIRE(fixture.spool->set_aside(item, "HTTP 413"));
  CHECK(fixture.rejected() == Files{{"a.ndi", "content"}, {"a.ndi.reason", "HTTP 413\n"}});
  CHECK_FALSE(fs::exists(fixture.scratch / "uploads/T/a.ndi"));
  CHECK(fixture.spool->count_set_aside() == 1);
}

TEST_CASE("namesakes stand beside each other, each with its own reason", "[set_aside]") {
  Fixture fixture;
  for (const char* content : {"first", "second", "third"}) {
    REQUIRE(fixture.spool->set_aside(fixture.item("a", content), std::string("why ") + content));
  }
  CHECK(fixture.rejected() == Files{{"a", "first"},
                                    {"a.reason", "why first\n"},
                                    {"a.1", "second"},
                                    {"a.1.reason", "why second\n"},
                                    {"a.2", "third"},
                                    {"a.2.reason", "why third\n"}});
  CHECK(fixture.spool->count_set_aside() == 3);
}

TEST_CASE("a file that was moved back and is refused again has the new reason", "[set_aside]") {
  Fixture fixture;
  REQUIRE(fixture.spool->set_aside(fixture.item("a"), "first why, which is longer"));
  fs::rename(fixture.scratch / "uploads/.rejected/T/a", fixture.scratch / "uploads/T/a");
  auto again = fixture.spool->claim({"T", "a"});
  REQUIRE(again.item);
  REQUIRE(fixture.spool->set_aside(*again.item, "second why"));
  CHECK(fixture.rejected() == Files{{"a", "x"}, {"a.reason", "second why\n"}});
}

TEST_CASE("a file that is called like the reason of another loses nothing", "[set_aside]") {
  Fixture fixture;
  SECTION("set aside before it") {
    REQUIRE(fixture.spool->set_aside(fixture.item("a.reason", "precious"), "why one"));
    REQUIRE(fixture.spool->set_aside(fixture.item("a", "other"), "why two"));
  }
  SECTION("set aside after it") {
    REQUIRE(fixture.spool->set_aside(fixture.item("a", "other"), "why two"));
    REQUIRE(fixture.spool->set_aside(fixture.item("a.reason", "precious"), "why one"));
  }
  std::multiset<std::string> contents;
  for (const auto& [name, content] : fixture.rejected()) contents.insert(content);
  CHECK(contents == std::multiset<std::string>{"precious", "other", "why one\n", "why two\n"});
  CHECK(fixture.spool->count_set_aside() == 2);
}

TEST_CASE("names of 255 bytes are set aside, also several that begin alike", "[set_aside]") {
  Fixture fixture;
  const std::string start(250, 'n');
  for (const std::string end : {"aaaaa", "bbbbb", "aaaaa"}) {
    REQUIRE(fixture.spool->set_aside(fixture.item(start + end, "content " + end), "why " + end));
  }
  std::multiset<std::string> contents;
  for (const auto& [name, content] : fixture.rejected()) {
    CHECK(name.size() <= 255);
    contents.insert(content);
  }
  CHECK(contents == std::multiset<std::string>{"content aaaaa", "content aaaaa", "content bbbbb", "why aaaaa\n",
                                               "why aaaaa\n", "why bbbbb\n"});
}

TEST_CASE("odd names are set aside as they are", "[set_aside]") {
  Fixture fixture;
  for (const std::string name : {"two\nlines", "\xff\xfe", "%41"}) {
    REQUIRE(fixture.spool->set_aside(fixture.item(name), "why"));
    CHECK(fs::exists(fixture.scratch.path() / "uploads/.rejected/T" / name));
    CHECK(fs::exists(fixture.scratch.path() / "uploads/.rejected/T" / (name + ".reason")));
  }
}

TEST_CASE("a file that replaced the refused one is not set aside in its place", "[set_aside]") {
  Fixture fixture;
  const auto item = fixture.item("a", "refused");
  fixture.scratch.write("uploads/T/.a", "new");
  fs::rename(fixture.scratch / "uploads/T/.a", fixture.scratch / "uploads/T/a");
  CHECK_FALSE(fixture.spool->set_aside(item, "why"));
  CHECK(ScratchFolder::content_of(fixture.scratch / "uploads/T/a") == "new");
  CHECK(fixture.rejected().empty());
}

TEST_CASE("a link in the place of the folder for what is set aside is not followed", "[set_aside]") {
  Fixture fixture;
  const auto elsewhere = fixture.scratch.folder("elsewhere");
  const auto item = fixture.item("a");
  fs::create_directory_symlink(elsewhere, fixture.scratch / "uploads/.rejected");
  CHECK_FALSE(fixture.spool->set_aside(item, "why"));
  CHECK(fs::exists(fixture.scratch / "uploads/T/a"));
  CHECK(fs::is_empty(elsewhere));
}

TEST_CASE("a link in the place of the folder for a type is not followed, nor one for a reason", "[set_aside]") {
  Fixture fixture;
  const auto elsewhere = fixture.scratch.folder("elsewhere");
  const auto victim = fixture.scratch.write("victim", "precious");
  const auto item = fixture.item("a");
  SECTION("the folder") {
    fixture.scratch.folder("uploads/.rejected");
    fs::create_directory_symlink(elsewhere, fixture.scratch / "uploads/.rejected/T");
    CHECK_FALSE(fixture.spool->set_aside(item, "why"));
    CHECK(fs::exists(fixture.scratch / "uploads/T/a"));
  }
  SECTION("the reason, and the file that is to become it") {
    fixture.scratch.folder("uploads/.rejected/T");
    fs::create_symlink(victim, fixture.scratch / "uploads/.rejected/T/a.reason");
    const auto temporary = ".muster-" + std::to_string(::getpid()) + ".tmp";
    fs::create_symlink(victim, fixture.scratch / ("uploads/.rejected/T/" + temporary));
    REQUIRE(fixture.spool->set_aside(item, "why"));
    CHECK(fixture.rejected() == Files{{"a", "x"}, {"a.reason", "why\n"}});
  }
  CHECK(fs::is_empty(elsewhere));
  CHECK(ScratchFolder::content_of(victim) == "precious");
}

TEST_CASE("what is set aside is not waiting any more, and is no type", "[set_aside]") {
  Fixture fixture;
  REQUIRE(fixture.spool->set_aside(fixture.item("a"), "why"));
  CHECK_FALSE(fixture.spool->scan().next());
  CHECK(fixture.spool->types() == std::vector<std::string>{"T"});
}
