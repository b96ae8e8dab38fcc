#include "platform/folder.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <thread>

#include "platform/file_writers.h"
#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using platform::Folder;
using platform::OpenEntry;
using platform::Removal;
using platform::Writers;
using platform::writers_of;
using State = platform::OpenEntry::State;
using Catch::Matchers::Contains;
using testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

Folder opened(const fs::path& path) {
  auto folder = Folder::open(path);
  REQUIRE(folder);
  return std::move(*folder);
}

void check_unfit(const ScratchFolder& scratch, const std::string& name, const std::string& what) {
  const Folder folder = opened(scratch.path());
  const OpenEntry found = folder.examine(name);
  CHECK(found.state == State::unfit);
  CHECK_FALSE(found.file);
  CHECK(found.problem.kind == ErrorKind::local_file);
  CHECK_THAT(found.problem.line(), Contains(name) && Contains("it is " + what));
  CHECK_FALSE(found.problem.remedy.empty());
}

}  // namespace

TEST_CASE("a file is opened, and its facts are those of the file", "[folder]") {
  const ScratchFolder scratch;
  scratch.write("a", "12345");
  const OpenEntry found = opened(scratch.path()).examine("a");
  REQUIRE(found.state == State::open);
  CHECK(found.facts.size == 5);
  CHECK(found.facts == platform::facts_at(scratch / "a"));
  CHECK(platform::read_all(found.file, "a", 100) == "12345");
}

TEST_CASE("a name that leads nowhere is gone", "[folder]") {
  const ScratchFolder scratch;
  const Folder folder = opened(scratch.path());
  CHECK(folder.examine("a").state == State::gone);
  CHECK(folder.examine(std::string(255, 'x')).state == State::gone);
}

TEST_CASE("what is no regular file with one name is not opened", "[folder]") {
  const ScratchFolder scratch;
  SECTION("a link, to a file or to nothing") {
    scratch.write("target", "secret");
    fs::create_symlink("target", scratch / "link");
    fs::create_symlink("nowhere", scratch / "dangling");
    check_unfit(scratch, "link", "a link");
    check_unfit(scratch, "dangling", "a link");
  }
  SECTION("a folder") {
    scratch.folder("folder");
    check_unfit(scratch, "folder", "a folder");
  }
  SECTION("a pipe, without waiting for its writer") {
    REQUIRE(::mkfifo((scratch / "pipe").c_str(), 0600) == 0);
    check_unfit(scratch, "pipe", "a device, pipe or socket");
  }
  SECTION("a socket") {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = scratch / "socket";
    path.copy(&address.sun_path[0], sizeof address.sun_path - 1);
    const platform::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM, 0));
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    check_unfit(scratch, "socket", "a device, pipe or socket");
  }
  SECTION("a device") {
    if (!testing::is_root() || ::mknod((scratch / "device").c_str(), S_IFCHR | 0600, 0x103) != 0) return;
    check_unfit(scratch, "device", "a device, pipe or socket");
  }
  SECTION("a hard link") {
    scratch.write("one", "x");
    fs::create_hard_link(scratch / "one", scratch / "two");
    check_unfit(scratch, "one", "a file with several names");
    check_unfit(scratch, "two", "a file with several names");
  }
}

TEST_CASE("a file that may not be read is named, with what to do", "[folder]") {
  if (!testing::is_root()) return;
  const ScratchFolder scratch;
  scratch.write("a", "x", 0600);
  const Folder folder = opened(scratch.path());
  const testing::AsNobody nobody;
  const OpenEntry found = folder.examine("a");
  CHECK(found.state == State::unreadable);
  CHECK_THAT(found.problem.line(), Contains("/a: ") && Contains("errno 13") && Contains("join the group muster"));
}

TEST_CASE("a removed file is gone, and removing it again is no error", "[folder]") {
  const ScratchFolder scratch;
  scratch.write("a", "x");
  const Folder folder = opened(scratch.path());
  const OpenEntry found = folder.examine("a");
  REQUIRE(found.state == State::open);
  CHECK(folder.remove("a", found.facts) == Removal::removed);
  CHECK_FALSE(fs::exists(scratch / "a"));
  CHECK(folder.remove("a", found.facts) == Removal::replaced);
  CHECK(folder.sync());
}

TEST_CASE("a file that took the name of another one stays", "[folder]") {
  const ScratchFolder scratch;
  scratch.write("a", "old");
  const Folder folder = opened(scratch.path());
  const OpenEntry found = folder.examine("a");
  scratch.write("new", "new");
  fs::rename(scratch / "new", scratch / "a");
  CHECK(folder.remove("a", found.facts) == Removal::replaced);
  CHECK(ScratchFolder::content_of(scratch / "a") == "new");
  const Folder target = opened(scratch.folder("target"));
  CHECK_FALSE(folder.move("a", found.facts, target, "a"));
  CHECK(ScratchFolder::content_of(scratch / "a") == "new");
  CHECK(fs::is_empty(scratch / "target"));
}

TEST_CASE("a link that took the name of a file is not followed", "[folder]") {
  const ScratchFolder scratch;
  scratch.write("a", "x");
  const Folder folder = opened(scratch.path());
  const OpenEntry found = folder.examine("a");
  fs::rename(scratch / "a", scratch / "b");
  fs::create_symlink("b", scratch / "a");
  CHECK(folder.remove("a", found.facts) == Removal::replaced);
  CHECK(fs::exists(scratch / "b"));
  CHECK(fs::is_symlink(scratch / "a"));
}

TEST_CASE("a name that is used again leads to another file", "[folder]") {
  const ScratchFolder scratch;
  scratch.write("a", "x");
  const Folder folder = opened(scratch.path());
  const OpenEntry first = folder.examine("a");
  REQUIRE(folder.remove("a", first.facts) == Removal::removed);
  scratch.write("a", "another");
  const OpenEntry second = folder.examine("a");
  REQUIRE(second.state == State::open);
  CHECK(second.facts.inode != first.facts.inode);
}

TEST_CASE("whether a file is being written is known, to its owner", "[folder]") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "1");
  const Folder folder = opened(scratch.path());
  CHECK(writers_of(folder.examine("a").file) == Writers::none);
  {
    const std::ofstream writer(path, std::ios::binary | std::ios::app);
    CHECK(writers_of(folder.examine("a").file) == Writers::some);
  }
  CHECK(writers_of(folder.examine("a").file) == Writers::none);
}

TEST_CASE("a file that was written to since it was opened is neither removed nor moved", "[folder]") {
  const ScratchFolder scratch;
  const auto path = scratch.write("a", "1");
  const Folder folder = opened(scratch.path());
  const OpenEntry found = folder.examine("a");
  const auto write = [&](const std::string& content) {
    const auto before = fs::last_write_time(path);
    std::ofstream(path, std::ios::binary | std::ios::in) << content;
    fs::last_write_time(path, before);  // somebody may set it back; the system knows nonetheless
  };
  SECTION("more") { write("1 and more"); }
  SECTION("something else of the same size, a tick of the clock later") {
    std::this_thread::sleep_for(milliseconds(20));
    write("2");
  }
  CHECK(folder.remove("a", found.facts) == Removal::changed);
  CHECK_FALSE(folder.move("a", found.facts, folder, "b"));
  CHECK(fs::exists(path));
}

TEST_CASE("a moved file takes no name that is taken", "[folder]") {
  const ScratchFolder scratch;
  scratch.write("a", "new");
  scratch.write("target/a", "old");
  const Folder folder = opened(scratch.path());
  const Folder target = opened(scratch / "target");
  const OpenEntry found = folder.examine("a");
  CHECK(folder.move("a", found.facts, target, "a") == false);
  CHECK(ScratchFolder::content_of(scratch / "target/a") == "old");
  CHECK(folder.move("a", found.facts, target, "a.1") == true);
  CHECK(ScratchFolder::content_of(scratch / "target/a.1") == "new");
  CHECK_FALSE(fs::exists(scratch / "a"));
}

TEST_CASE("a folder inside is made like the one around it, whatever the umask", "[folder]") {
  const ScratchFolder scratch;
  const Folder spool = opened(scratch.folder("spool", 02770));
  const mode_t before = ::umask(0027);
  const auto made = spool.open_folder("Inventories", true);
  ::umask(before);
  REQUIRE(made);
  const auto mode = static_cast<unsigned>(fs::status(scratch / "spool/Inventories").permissions());
  CHECK((mode & 07777U) == 02770U);
}

TEST_CASE("a link is no folder inside", "[folder]") {
  const ScratchFolder scratch;
  scratch.folder("elsewhere");
  fs::create_directory_symlink("elsewhere", scratch / "type");
  const Folder folder = opened(scratch.path());
  const auto inside = folder.open_folder("type", true);
  REQUIRE_FALSE(inside);
  CHECK_THAT(inside.error().line(), Contains("/type"));
  CHECK_FALSE(folder.open_folder("missing", false));
  scratch.write("file", "x");
  CHECK_FALSE(folder.open_folder("file", true));
}

TEST_CASE("a folder that was opened stays the one that it was", "[folder]") {
  const ScratchFolder scratch;
  scratch.write("spool/a", "mine");
  const Folder folder = opened(scratch / "spool");
  fs::rename(scratch / "spool", scratch / "moved");
  scratch.write("spool/a", "of somebody else");
  const OpenEntry found = folder.examine("a");
  REQUIRE(found.state == State::open);
  CHECK(platform::read_all(found.file, "a", 100) == "mine");
}

TEST_CASE("a listing names everything once, whatever its bytes", "[folder]") {
  const ScratchFolder scratch;
  const std::set<std::string> names{"a", ".hidden", "b.tmp", "two\nlines", "\xff\xfe", std::string(255, 'n')};
  for (const auto& name : names) scratch.write(name, "");
  scratch.folder("folder");
  auto listing = opened(scratch.path()).list();
  REQUIRE(listing);
  std::multiset<std::string> seen;
  while (const auto name = listing->next()) {
    if (name->text != "folder") CHECK_FALSE(name->maybe_folder);
    if (name->text == "folder") CHECK(name->maybe_folder);
    seen.insert(name->text);
  }
  CHECK(seen.size() == names.size() + 1);
  CHECK(std::includes(seen.begin(), seen.end(), names.begin(), names.end()));
  CHECK_FALSE(listing->next());
}

TEST_CASE("two listings of one folder do not share their place", "[folder]") {
  const ScratchFolder scratch;
  for (int i = 0; i < 10; ++i) scratch.write(std::to_string(i), "");
  const Folder folder = opened(scratch.path());
  auto first = folder.list();
  auto second = folder.list();
  for (int i = 0; i < 10; ++i) CHECK(first->next());
  for (int i = 0; i < 10; ++i) CHECK(second->next());
  CHECK_FALSE(second->next());
}

TEST_CASE("a folder that is missing or none is an error with a remedy", "[folder]") {
  const ScratchFolder scratch;
  scratch.write("file", "x");
  for (const auto& path : {scratch / "missing", scratch / "file"}) {
    const auto folder = Folder::open(path);
    REQUIRE_FALSE(folder);
    CHECK(folder.error().kind == ErrorKind::local_file);
    CHECK_FALSE(folder.error().remedy.empty());
  }
}

TEST_CASE("a small file is written whole, through links of nobody, and replaces what has its name", "[folder]") {
  const ScratchFolder scratch;
  scratch.write("victim", "precious");
  fs::create_symlink("victim", scratch / ".t.tmp");
  fs::create_symlink("victim", scratch / "a");
  const Folder folder = opened(scratch.path());
  REQUIRE(folder.write(".t.tmp", "a", "content", 0640));
  CHECK(ScratchFolder::content_of(scratch / "a") == "content");
  CHECK(fs::is_regular_file(fs::symlink_status(scratch / "a")));
  CHECK(ScratchFolder::content_of(scratch / "victim") == "precious");
  CHECK_FALSE(fs::exists(fs::symlink_status(scratch / ".t.tmp")));
}

TEST_CASE("a file is written into the folder that was opened, whatever has its path by now", "[folder]") {
  const ScratchFolder scratch;
  const Folder folder = opened(scratch.folder("rejected"));
  fs::rename(scratch / "rejected", scratch / "moved");
  fs::create_directory_symlink(scratch.folder("elsewhere"), scratch / "rejected");
  REQUIRE(folder.write(".t.tmp", "a.reason", "HTTP 413", 0644));
  CHECK(fs::is_empty(scratch / "elsewhere"));
  CHECK(ScratchFolder::content_of(scratch / "moved/a.reason") == "HTTP 413");
}

TEST_CASE("a small file gets its mode, whatever the umask says", "[folder]") {
  const ScratchFolder scratch;
  const Folder folder = opened(scratch.path());
  for (const mode_t mask : {0777U, 0077U, 0U}) {
    const mode_t before = ::umask(mask);
    const Status written = folder.write(".t.tmp", "a", "content", 0640);
    ::umask(before);
    REQUIRE(written);
    const auto mode = static_cast<unsigned>(fs::status(scratch / "a").permissions());
    CHECK((mode & 07777U) == 0640U);
  }
}

TEST_CASE("a folder that names cannot be removed from says why", "[folder]") {
  if (!testing::is_root()) return;
  const ScratchFolder scratch;
  const Folder folder = opened(scratch.folder("spool", 0755));
  CHECK(folder.may_remove());
  const testing::AsNobody nobody;
  const auto removable = folder.may_remove();
  REQUIRE_FALSE(removable);
  CHECK_THAT(removable.error().line(), Contains("/spool: ") && Contains("errno 13") && Contains("muster"));
}
