#include "platform/atomic_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "platform/file.h"
#include "platform/file_io.h"
#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using platform::AtomicFile;
namespace fs = std::filesystem;

namespace {

struct Folder {
  testing::ScratchFolder scratch;
  const fs::path& path = scratch.path();

  std::size_t files() const { return scratch.names().size(); }
};

std::string content_of(const fs::path& path) { return platform::read_file(path, 1000).value_or("(unreadable)"); }

}  // namespace

TEST_CASE("a file appears under its name when it is placed, and not before", "[placed]") {
  const Folder folder;
  const auto target = folder.path / "target";
  {
    auto file = AtomicFile::open(folder.path / "part", target, false);
    REQUIRE(file);
    REQUIRE(platform::write_at(file->file(), target, 0, "content"));
    CHECK_FALSE(fs::exists(target));
    REQUIRE(file->place(std::nullopt));
  }
  CHECK(content_of(target) == "content");
  CHECK(folder.files() == 1);
}

TEST_CASE("what is not placed leaves nothing behind, unless it is kept", "[placed]") {
  const Folder folder;
  {
    auto file = AtomicFile::open(folder.path / "part", folder.path / "target", false);
    REQUIRE(file);
  }
  CHECK(folder.files() == 0);
  {
    auto file = AtomicFile::open(folder.path / "part", folder.path / "target", false);
    REQUIRE(file);
    REQUIRE(platform::write_at(file->file(), "part", 0, "kept"));
    file->keep();
  }
  auto again = AtomicFile::open(folder.path / "part", folder.path / "target", true);
  REQUIRE(again);
  CHECK(*again->size() == 4);
}

TEST_CASE("two writers of one file are told apart", "[placed]") {
  const Folder folder;
  auto first = AtomicFile::open(folder.path / "part", folder.path / "target", false);
  REQUIRE(first);
  const auto second = AtomicFile::open(folder.path / "part", folder.path / "target", false);
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, Catch::Matchers::Contains("another process"));
}

TEST_CASE("a temporary name that is a link is not written through", "[placed]") {
  const Folder folder;
  std::ofstream(folder.path / "victim") << "precious";
  fs::create_symlink("victim", folder.path / "part");
  CHECK_FALSE(AtomicFile::open(folder.path / "part", folder.path / "target", false));
  fs::remove(folder.path / "part");
  fs::create_hard_link(folder.path / "victim", folder.path / "part");
  CHECK_FALSE(AtomicFile::open(folder.path / "part", folder.path / "target", false));
  CHECK(content_of(folder.path / "victim") == "precious");
}

TEST_CASE("a whole small file is written with its mode, or the old one stays", "[placed]") {
  const Folder folder;
  const auto target = folder.path / "target";
  REQUIRE(platform::write_file(target, "new", 0640));
  struct stat facts {};
  REQUIRE(::stat(target.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777U) == 0640U);
  CHECK_FALSE(platform::write_file(folder.path / "absent" / "target", "x", 0600));
}

TEST_CASE("a small file gets its mode whatever the umask is", "[placed]") {
  const Folder folder;
  const mode_t former = ::umask(0077);
  const auto written = platform::write_file(folder.path / "target", "content", 0644);
  ::umask(former);
  REQUIRE(written);
  CHECK(static_cast<unsigned>(fs::status(folder.path / "target").permissions()) == 0644U);
}

TEST_CASE("an older file stays untouched until the new one is placed, whole and with its time", "[placed]") {
  const Folder folder;
  const auto target = folder.path / "target";
  std::ofstream(target) << "old content that is longer";
  const WallTime modified = std::chrono::system_clock::from_time_t(784111777);
  auto file = AtomicFile::open(folder.path / "part", target, false);
  REQUIRE(file);
  REQUIRE(platform::write_at(file->file(), target, 0, "new"));
  CHECK(content_of(target) == "old content that is longer");
  REQUIRE(file->place(modified));
  CHECK(content_of(target) == "new");
  CHECK(platform::facts_at(target)->modified == modified);
}

TEST_CASE("whoever cleans up after a failure does not reach what was placed", "[placed]") {
  const Folder folder;
  const auto target = folder.path / "target";
  auto file = AtomicFile::open(folder.path / "part", target, false);
  REQUIRE(file);
  REQUIRE(platform::write_at(file->file(), target, 0, "whole"));
  REQUIRE(file->place(std::nullopt));
  CHECK(file->truncate());
  CHECK(content_of(target) == "whole");
}

TEST_CASE("a kept file is emptied where it may not be resumed", "[placed]") {
  const Folder folder;
  std::ofstream(folder.path / "part") << "12345";
  const auto file = AtomicFile::open(folder.path / "part", folder.path / "target", false);
  REQUIRE(file);
  CHECK(*file->size() == 0);
}

TEST_CASE("a pipe or a folder under the temporary name is refused at once", "[placed]") {
  const Folder folder;
  SECTION("pipe") { REQUIRE(::mkfifo((folder.path / "part").c_str(), 0600) == 0); }
  SECTION("folder") { fs::create_directory(folder.path / "part"); }
  CHECK_FALSE(AtomicFile::open(folder.path / "part", folder.path / "target", false));
}

TEST_CASE("a temporary file that somebody replaced is neither placed nor removed", "[placed]") {
  const Folder folder;
  {
    auto file = AtomicFile::open(folder.path / "part", folder.path / "target", false);
    REQUIRE(file);
    fs::remove(folder.path / "part");
    std::ofstream(folder.path / "part") << "theirs";
    CHECK_FALSE(file->place(std::nullopt));
  }
  CHECK_FALSE(fs::exists(folder.path / "target"));
  CHECK(content_of(folder.path / "part") == "theirs");
}

TEST_CASE("where a file cannot be placed, the temporary one goes and the error says where", "[placed]") {
  const Folder folder;
  fs::create_directory(folder.path / "target");
  {
    auto file = AtomicFile::open(folder.path / "part", folder.path / "target", false);
    REQUIRE(file);
    const auto placed = file->place(std::nullopt);
    REQUIRE_FALSE(placed);
    CHECK_THAT(placed.error().message, Catch::Matchers::Contains("target") && Catch::Matchers::Contains("errno"));
  }
  CHECK(folder.files() == 1);
}

TEST_CASE("a missing or forbidden folder is an error with its own remedy", "[placed]") {
  const Folder folder;
  const auto missing = AtomicFile::open(folder.path / "none/part", folder.path / "none/target", false);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().remedy == "create the folder first");
  if (!testing::is_root()) return;
  fs::permissions(folder.path, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  const testing::AsNobody nobody;
  const auto forbidden = AtomicFile::open(folder.path / "part", folder.path / "target", false);
  REQUIRE_FALSE(forbidden);
  CHECK_THAT(forbidden.error().remedy, Catch::Matchers::Contains("may write to"));
}

TEST_CASE("a temporary file of another user is not taken over", "[placed]") {
  if (::geteuid() != 0) return;  // only root can give files away
  const Folder folder;
  std::ofstream(folder.path / "part") << "prepared by somebody else";
  REQUIRE(::chown((folder.path / "part").c_str(), 12345, 0) == 0);
  CHECK_FALSE(AtomicFile::open(folder.path / "part", folder.path / "target", true));
  CHECK_FALSE(AtomicFile::open(folder.path / "part", folder.path / "target", false));
}
