#include "agent/spool/quota.h"

#include <catch2/catch.hpp>
#include <set>

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
  std::multiset<std::string> removed;

  // A file of a hundred bytes, so many hours old.
  void file(const std::string& name, int hours) const {
    scratch.write("uploads/" + name, std::string(100, 'x'));
    fs::last_write_time(scratch / "uploads" / name, fs::file_time_type::clock::now() - std::chrono::hours(hours));
  }
  std::uint64_t enforce(std::uint64_t quota) {
    return spool::enforce_quota(*spool, quota,
                                [&](const spool::Item& item) { removed.insert(item.path.filename().string()); });
  }
  bool there(const std::string& name) const { return fs::exists(scratch / "uploads" / name); }
};

using Names = std::multiset<std::string>;

}  // namespace

TEST_CASE("below the quota nothing goes", "[quota]") {
  Fixture fixture;
  fixture.file("T/a", 9);
  fixture.file("T/b", 1);
  CHECK(spool::used_bytes(*fixture.spool) == 200);
  CHECK(fixture.enforce(200) == 0);
  CHECK(fixture.removed.empty());
}

TEST_CASE("what was set aside goes before anything that waits, oldest first", "[quota]") {
  Fixture fixture;
  fixture.file("T/old", 99);
  fixture.file("T/new", 1);
  fixture.file(".rejected/T/older", 8);
  fixture.file(".rejected/T/newer", 2);
  CHECK(fixture.enforce(300) == 1);
  CHECK(fixture.removed == Names{"older"});
  CHECK(fixture.enforce(200) == 1);
  CHECK(fixture.removed == Names{"newer", "older"});
}

TEST_CASE("what waits goes oldest first, over all types, but the newest of each stays", "[quota]") {
  Fixture fixture;
  fixture.file("A/1", 9);
  fixture.file("A/2", 5);
  fixture.file("A/3", 1);
  fixture.file("B/1", 50);
  CHECK(fixture.enforce(300) == 1);
  CHECK_FALSE(fixture.there("A/1"));
  CHECK(fixture.enforce(0) == 1);
  CHECK_FALSE(fixture.there("A/2"));
  CHECK(fixture.there("A/3"));
  CHECK(fixture.there("B/1"));
}

TEST_CASE("what another process sends, or somebody still writes, does not go", "[quota]") {
  Fixture fixture;
  fixture.file("T/sent", 9);
  fixture.file("T/.hidden", 9);
  fixture.file("T/x.tmp", 9);
  fixture.file("T/new", 1);
  const auto other = std::move(
      Spool::open(fixture.scratch / "uploads", false, spool::Claims::open(fixture.scratch / "state").value()).value());
  const auto claimed = other->claim({"T", "sent"});
  REQUIRE(claimed.item);
  CHECK(fixture.enforce(0) == 0);
  CHECK(fixture.there("T/sent"));
}

TEST_CASE("more files than are looked at together are brought down as well", "[quota]") {
  Fixture fixture;
  for (int i = 0; i < 2500; ++i) fixture.scratch.write("uploads/T/" + std::to_string(i), "x");
  CHECK(fixture.enforce(10) == 2490);
  CHECK(spool::used_bytes(*fixture.spool) == 10);
}
