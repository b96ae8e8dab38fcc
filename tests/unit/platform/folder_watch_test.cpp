#include "platform/folder_watch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "platform/wait.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using platform::FolderWatch;
using Kind = platform::FolderWatch::Change::Kind;
using testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

FolderWatch watch_of(const fs::path& path) {
  auto watch = FolderWatch::make();
  REQUIRE(watch);
  REQUIRE(watch->add(path));
  return std::move(*watch);
}

std::vector<std::string> files_in(const std::vector<FolderWatch::Change>& changes) {
  std::vector<std::string> names;
  for (const auto& change : changes) {
    if (change.kind == Kind::file) names.push_back(change.name);
  }
  return names;
}

bool lost_in(const std::vector<FolderWatch::Change>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const auto& change) { return change.kind == Kind::lost; });
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a file is told of when it is written and closed, with its folder", "[folder_watch]") {
  const ScratchFolder scratch;
  auto watch = watch_of(scratch.path());
  scratch.write("a", "content");
  const auto changes = watch.changes();
  REQUIRE(files_in(changes) == Names{"a"});
  CHECK(changes.front().folder == scratch.path());
  CHECK(files_in(watch.changes()).empty());
}

TEST_CASE("a file that is still being written is not told of", "[folder_watch]") {
  const ScratchFolder scratch;
  auto watch = watch_of(scratch.path());
  platform::UniqueFd file(::open((scratch / "a").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  REQUIRE(::write(file.get(), "x", 1) == 1);
  CHECK(files_in(watch.changes()).empty());
  file = platform::UniqueFd();
  CHECK(files_in(watch.changes()) == Names{"a"});
}

TEST_CASE("a file is told of when it gets its name by a rename", "[folder_watch]") {
  const ScratchFolder scratch;
  auto watch = watch_of(scratch.folder("spool"));
  scratch.write("elsewhere", "x");
  fs::rename(scratch / "elsewhere", scratch / "spool/a");
  CHECK(files_in(watch.changes()) == Names{"a"});
  fs::rename(scratch / "spool/a", scratch / "spool/b");
  CHECK(files_in(watch.changes()) == Names{"b"});
}

TEST_CASE("reading, removing and touching tell nothing", "[folder_watch]") {
  const ScratchFolder scratch;
  scratch.write("a", "x");
  auto watch = watch_of(scratch.path());
  ScratchFolder::content_of(scratch / "a");
  ::chmod((scratch / "a").c_str(), 0640);
  fs::remove(scratch / "a");
  CHECK(watch.changes().empty());
}

TEST_CASE("a link is told of as a new name", "[folder_watch]") {
  const ScratchFolder scratch;
  const auto watched = scratch.folder("watched");
  const auto file = scratch.write("a", "content");
  auto watch = watch_of(watched);
  fs::create_hard_link(file, watched / "b");
  const auto changes = watch.changes();
  REQUIRE(changes.size() == 1);
  CHECK(changes.front().kind == Kind::name);
  CHECK(changes.front().name == "b");
}

TEST_CASE("a new folder is told of, made or moved in", "[folder_watch]") {
  const ScratchFolder scratch;
  scratch.folder("elsewhere");
  auto watch = watch_of(scratch.folder("spool"));
  scratch.folder("spool/made");
  fs::rename(scratch / "elsewhere", scratch / "spool/moved");
  const auto changes = watch.changes();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].kind == Kind::folder);
  CHECK(changes[0].name == "made");
  CHECK(changes[1].kind == Kind::folder);
  CHECK(changes[1].name == "moved");
}

TEST_CASE("a folder that goes away is lost", "[folder_watch]") {
  const ScratchFolder scratch;
  auto watch = watch_of(scratch.folder("spool"));
  SECTION("removed") { fs::remove(scratch / "spool"); }
  SECTION("moved") { fs::rename(scratch / "spool", scratch / "other"); }
  CHECK(lost_in(watch.changes()));
}

TEST_CASE("a folder that came back under its name can be watched again", "[folder_watch]") {
  const ScratchFolder scratch;
  auto watch = watch_of(scratch.folder("spool"));
  fs::remove(scratch / "spool");
  CHECK(lost_in(watch.changes()));
  REQUIRE(watch.add(scratch.folder("spool")));
  scratch.write("spool/a", "x");
  const auto changes = watch.changes();
  REQUIRE(files_in(changes) == Names{"a"});
  CHECK(changes.front().folder == scratch / "spool");
}

TEST_CASE("watching a folder twice tells each file once", "[folder_watch]") {
  const ScratchFolder scratch;
  auto watch = watch_of(scratch.path());
  REQUIRE(watch.add(scratch.path()));
  scratch.write("a", "x");
  CHECK(files_in(watch.changes()) == Names{"a"});
}

TEST_CASE("names are bytes, and long ones are whole", "[folder_watch]") {
  const ScratchFolder scratch;
  auto watch = watch_of(scratch.path());
  const Names names{std::string(255, 'n'), "two\nlines", "\xff\xfe", "a b"};
  for (const auto& name : names) scratch.write(name, "x");
  CHECK(files_in(watch.changes()) == names);
}

TEST_CASE("more than the system keeps is told as lost, not left out", "[folder_watch]") {
  const ScratchFolder scratch;
  std::size_t limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit == 0 || limit > 40'000) return;
  auto watch = watch_of(scratch.path());
  // Renames there and back, as equal events one after the other would be kept as one.
  scratch.write("a", "x");
  for (std::size_t i = 0; i < limit / 2 + 10; ++i) {
    fs::rename(scratch / "a", scratch / "b");
    fs::rename(scratch / "b", scratch / "a");
  }
  CHECK(lost_in(watch.changes()));
}

TEST_CASE("a wait ends when a file appears", "[folder_watch]") {
  const ScratchFolder scratch;
  const auto watch = watch_of(scratch.path());
  scratch.write("a", "x");
  const std::array handles{&watch.handle()};
  const SteadyTime start = steady_now();
  platform::wait_any(handles, start + std::chrono::hours(1));
  CHECK(steady_now() - start < seconds(5));
}

TEST_CASE("what is no folder cannot be watched", "[folder_watch]") {
  const ScratchFolder scratch;
  auto watch = FolderWatch::make();
  REQUIRE(watch);
  CHECK_FALSE(watch->add(scratch / "missing"));
  scratch.write("file", "x");
  const auto added = watch->add(scratch / "file");
  REQUIRE_FALSE(added);
  CHECK(added.error().kind == ErrorKind::local_file);
}
