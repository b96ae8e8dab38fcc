#include "agent/spool/backlog.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using spool::backlog_of;
using spool::Spool;
using testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

spool::Backlog backlog_in(const ScratchFolder& scratch) {
  auto spool = Spool::open(scratch / "uploads", false);
  REQUIRE(spool);
  return backlog_of(**spool);
}

}  // namespace

TEST_CASE("where there is no spool nothing waits", "[backlog]") {
  const ScratchFolder scratch;
  const auto backlog = backlog_in(scratch);
  CHECK(backlog.waiting == 0);
  CHECK_FALSE(backlog.oldest);
  CHECK(backlog.problems.empty());
}

TEST_CASE("a backlog counts files, bytes and the oldest", "[backlog]") {
  const ScratchFolder scratch;
  scratch.write("uploads/A/one", "12345");
  const auto old = scratch.write("uploads/B/two", "123");
  scratch.write("uploads/B/growing.tmp", "123456789");
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(48));
  const auto backlog = backlog_in(scratch);
  CHECK(backlog.waiting == 2);
  CHECK(backlog.bytes == 8);
  REQUIRE(backlog.oldest);
  CHECK(wall_now() - *backlog.oldest > std::chrono::hours(47));
  CHECK(wall_now() - *backlog.oldest < std::chrono::hours(49));
}

TEST_CASE("what will never go out waits and is a problem", "[backlog]") {
  const ScratchFolder scratch;
  scratch.folder("uploads/A");
  fs::create_symlink("nowhere", scratch / "uploads/A/link");
  const auto backlog = backlog_in(scratch);
  CHECK(backlog.waiting == 1);
  REQUIRE(backlog.problems.size() == 1);
  CHECK(backlog.bytes == 0);
}

TEST_CASE("what is being uploaded still waits", "[backlog]") {
  const ScratchFolder scratch;
  scratch.write("uploads/A/one", "12345");
  auto busy = Spool::open(scratch / "uploads", false, spool::Claims::open(scratch / "state").value());
  const auto claimed = (*busy)->claim({"A", "one"});
  REQUIRE(claimed.item);
  const auto backlog = backlog_in(scratch);
  CHECK(backlog.waiting == 1);
  CHECK(backlog.problems.empty());
}

TEST_CASE("a file that is left alone is named with the reason", "[backlog]") {
  const ScratchFolder scratch;
  const std::ofstream writer(scratch.write("uploads/A/open", "1"), std::ios::app);
  scratch.write("uploads/A/refused", "1");
  scratch.write("uploads/A/waits", "1");
  auto spool = Spool::open(scratch / "uploads", false);
  const auto backlog = backlog_of(**spool, [](const spool::Entry& entry, const platform::FileFacts&) {
    return std::string(entry.name == "refused" ? "HTTP 403" : "");
  });
  std::map<std::string, std::string> why;
  for (const auto& one : backlog.left_alone) why.emplace(one.entry.path(), one.why);
  REQUIRE(why.size() == 2);
  CHECK(why["A/refused"] == "HTTP 403");
  CHECK(why["A/open"] == "a process has it open for writing");
  CHECK(backlog.waiting == 3);
  CHECK(backlog.problems.empty());
}

TEST_CASE("no more problems are kept than anybody reads", "[backlog]") {
  const ScratchFolder scratch;
  scratch.folder("uploads/A");
  for (int i = 0; i < 150; ++i) fs::create_symlink("nowhere", scratch / ("uploads/A/" + std::to_string(i)));
  const auto backlog = backlog_in(scratch);
  CHECK(backlog.waiting == 150);
  CHECK(backlog.problems.size() == 100);
}
