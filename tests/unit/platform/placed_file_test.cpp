#include "platform/placed_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "platform/file.h"
#include "platform/open_file.h"

using namespace muster;
using platform::PlacedFile;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "muster-placed-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }

  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};

std::string content_of(const fs::path& path) { return platform::read_file(path, 1000).value_or("(unreadable)"); }

}  // namespace

TEST_CASE("a file appears under its name when it is placed, and not before", "[placed]") {
  const Folder folder;
  const auto target = folder.path / "target";
  {
    auto file = PlacedFile::open(folder.path / "part", target, false);
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
    auto file = PlacedFile::open(folder.path / "part", folder.path / "target", false);
    REQUIRE(file);
  }
  CHECK(folder.files() == 0);
  {
    auto file = PlacedFile::open(folder.path / "part", folder.path / "target", false);
    REQUIRE(file);
    REQUIRE(platform::write_at(file->file(), "part", 0, "kept"));
    file->keep();
  }
  auto again = PlacedFile::open(folder.path / "part", folder.path / "target", true);
  REQUIRE(again);
  CHECK(*again->size() == 4);
}

TEST_CASE("two writers of one file are told apart", "[placed]") {
  const Folder folder;
  auto first = PlacedFile::open(folder.path / "part", folder.path / "target", false);
  REQUIRE(first);
  const auto second = PlacedFile::open(folder.path / "part", folder.path / "target", false);
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().message, Catch::Matchers::Contains("another process"));
}

TEST_CASE("a temporary name that is a link is not written through", "[placed]") {
  const Folder folder;
  std::ofstream(folder.path / "victim") << "precious";
  fs::create_symlink("victim", folder.path / "part");
  CHECK_FALSE(PlacedFile::open(folder.path / "part", folder.path / "target", false));
  fs::remove(folder.path / "part");
  fs::create_hard_link(folder.path / "victim", folder.path / "part");
  CHECK_FALSE(PlacedFile::open(folder.path / "part", folder.path / "target", false));
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

TEST_CASE("files are judged when they are open, and size is capped", "[file]") {
  const Folder folder;
  std::ofstream(folder.path / "file") << "0123456789";
  CHECK(platform::read_file(folder.path / "file", 10));
  CHECK_FALSE(platform::read_file(folder.path / "file", 9));
  CHECK_FALSE(platform::open_regular(folder.path));
  REQUIRE(::mkfifo((folder.path / "pipe").c_str(), 0600) == 0);
  CHECK_FALSE(platform::open_regular(folder.path / "pipe"));
  CHECK_FALSE(platform::open_regular("/dev/null"));
}

TEST_CASE("a name is removed only while it leads to the file that was opened", "[file]") {
  const Folder folder;
  const auto path = folder.path / "file";
  std::ofstream(path) << "sent";
  const auto facts = platform::facts_at(path);
  REQUIRE(facts);
  fs::rename(path, folder.path / "old");
  std::ofstream(path) << "newer";
  CHECK_FALSE(platform::remove_if_same(path, *facts));
  CHECK(content_of(path) == "newer");
  fs::rename(folder.path / "old", path);
  CHECK(platform::remove_if_same(path, *facts));
  CHECK_FALSE(fs::exists(path));
}
