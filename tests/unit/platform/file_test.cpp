#include "platform/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "platform/file_io.h"
#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using Catch::Matchers::Contains;
using testing::ScratchFolder;
namespace fs = std::filesystem;

TEST_CASE("a missing file is told with path and error number", "[file]") {
  const ScratchFolder scratch;
  const auto file = platform::open_regular(scratch / "none");
  REQUIRE_FALSE(file);
  CHECK(file.error().kind == ErrorKind::local_file);
  CHECK_THAT(file.error().message, Contains((scratch / "none").string()) && Contains("errno 2"));
}

TEST_CASE("what is not a regular file is not read", "[file]") {
  const ScratchFolder scratch;
  CHECK_THAT(platform::open_regular(scratch.path()).error().message, Contains("a folder"));
  CHECK_THAT(platform::open_regular("/dev/null").error().message, Contains("a device"));
  REQUIRE(::mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  CHECK_THAT(platform::open_regular(scratch / "pipe").error().message, Contains("a pipe"));  // and never blocks
}

TEST_CASE("a file larger than the limit is an error, at the limit it is not", "[file]") {
  const ScratchFolder scratch;
  const auto file = scratch.write("five", "12345");
  CHECK_THAT(platform::read_file(file, 4).error().message, Contains("larger than 4 bytes"));
  CHECK(platform::read_file(file, 5).value() == "12345");
  CHECK(platform::read_file(scratch.write("empty", ""), 0).value().empty());
}

TEST_CASE("a file that does not tell its size is read whole, and bounded all the same", "[file]") {
  const auto limits = platform::read_file("/proc/self/limits", 1 << 20);
  REQUIRE(limits);
  CHECK_THAT(*limits, Contains("Max open files"));
  CHECK_FALSE(platform::read_file("/proc/self/limits", 10));
}

TEST_CASE("zero bytes and large contents are read as they are", "[file]") {
  const ScratchFolder scratch;
  std::string content(200'000, 'x');
  content[77] = '\0';
  CHECK(platform::read_file(scratch.write("large", content), 1 << 20).value() == content);
}

TEST_CASE("a folder lists its regular files by name and through links", "[file]") {
  const ScratchFolder scratch;
  scratch.write("b", "");
  scratch.folder("sub");
  fs::create_symlink("b", scratch / "a");
  fs::create_symlink("nowhere", scratch / "dangling");
  const auto files = platform::regular_files(scratch.path(), 10);
  REQUIRE(files);
  CHECK(files->files == std::vector<fs::path>{scratch / "a", scratch / "b"});
  CHECK(files->dangling == std::vector<fs::path>{scratch / "dangling"});
}

TEST_CASE("a listing that would be cut, or that has an entry it cannot examine, is an error", "[file]") {
  const ScratchFolder scratch;
  scratch.write("a", "");
  scratch.write("b", "");
  CHECK_FALSE(platform::regular_files(scratch.path(), 1));
  CHECK_THAT(platform::regular_files(scratch / "none", 1).error().message, Contains("errno 2"));
  fs::create_symlink("loop", scratch / "loop");
  CHECK_THAT(platform::regular_files(scratch.path(), 10).error().message, Contains("loop"));
}

TEST_CASE("what may not be looked at is not called absent", "[file]") {
  if (!testing::is_root()) return;
  const ScratchFolder scratch;
  scratch.folder("closed", 0700);
  scratch.write("closed/file", "");
  CHECK(platform::absent(scratch / "none"));
  CHECK_FALSE(platform::absent(scratch / "closed/file"));
  const testing::AsNobody nobody;
  CHECK_FALSE(platform::absent(scratch / "closed/file"));
  CHECK_FALSE(platform::exists(scratch / "closed/file"));
}

TEST_CASE("a file that was replaced or changed meanwhile is not removed", "[file]") {
  const ScratchFolder scratch;
  const auto path = scratch.write("sent", "old");
  const auto facts = platform::facts_of(platform::open_regular(path).value(), path);
  REQUIRE(facts);
  fs::rename(scratch.write("other", "new"), path);
  const auto removed = platform::remove_if_same(path, *facts);
  REQUIRE_FALSE(removed);
  CHECK_THAT(removed.error().message, Contains("was replaced"));
  CHECK(ScratchFolder::content_of(path) == "new");
}

TEST_CASE("a file that is still the same is removed, a link in its place is not", "[file]") {
  const ScratchFolder scratch;
  const auto path = scratch.write("sent", "old");
  const auto facts = platform::facts_at(path);
  REQUIRE(facts);
  fs::create_symlink("sent", scratch / "link");
  CHECK_FALSE(platform::remove_if_same(scratch / "link", *facts));
  CHECK(platform::remove_if_same(path, *facts));
  CHECK(platform::absent(path));
}

TEST_CASE("writing at a position leaves the rest alone", "[file]") {
  const ScratchFolder scratch;
  const auto path = scratch.write("file", "0123456789");
  const platform::UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(platform::write_at(file, path, 4, "xy"));
  CHECK(ScratchFolder::content_of(path) == "0123xy6789");
  const platform::UniqueFd read_only(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  CHECK_THAT(platform::write_at(read_only, path, 0, "z").error().message, Contains("errno 9"));
}

TEST_CASE("a descriptor is closed with its owner and survives a move", "[file]") {
  int number = -1;
  {
    platform::UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = first.get();
    const platform::UniqueFd second(std::move(first));
    CHECK(second.get() == number);
    const auto copy = second.duplicate();
    CHECK(copy.get() != number);
    CHECK((::fcntl(copy.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(::fcntl(number, F_GETFD) == -1);
}

TEST_CASE("facts change with owner and mode, not only with the content", "[file]") {
  const ScratchFolder scratch;
  const auto path = scratch.write("key", "secret");
  const auto before = platform::facts_at(path);
  REQUIRE(before);
  const auto clock = [&] { return platform::facts_at(scratch.write("clock", "x"))->status_changed; };
  while (clock() == before->status_changed) std::this_thread::yield();
  fs::permissions(path, fs::perms::owner_read);
  const auto after = platform::facts_at(path);
  REQUIRE(after);
  CHECK(after->modified == before->modified);
  CHECK_FALSE(*after == *before);
}
