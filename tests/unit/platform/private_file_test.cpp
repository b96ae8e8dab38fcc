#include "platform/private_file.h"

#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/unit/platform/privileges.h"

using namespace muster;
using platform::open_private;
namespace fs = std::filesystem;
using Catch::Matchers::Contains;

namespace {
constexpr gid_t muster_group = 54321;
constexpr gid_t other_group = 54322;
}  // namespace

// The group need not exist where the tests run: this stands before the C library's own.
extern "C" int getgrnam_r(const char* name, group* entry, char*, size_t, group** found) {
  *found = nullptr;
  if (std::strcmp(name, "muster") != 0) return 0;
  entry->gr_gid = muster_group;
  *found = entry;
  return 0;
}

namespace {

struct Folder {
  fs::path path;
  fs::path key;

  Folder() {
    std::string name = (fs::temp_directory_path() / "muster-private-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    key = make("key.pem");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }

  fs::path make(const std::string& name, unsigned mode = 0600) const {
    const auto file = path / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "key";
    ::chmod(file.c_str(), static_cast<mode_t>(mode));
    return file;
  }
};

std::string refusal_of(const fs::path& path) {
  const auto opened = open_private(path);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind == ErrorKind::identity);
  CHECK_FALSE(opened.error().remedy.empty());
  return opened.error().line();
}

}  // namespace

TEST_CASE("a file of its owner alone is opened", "[private]") {
  const Folder folder;
  ::chmod(folder.key.c_str(), GENERATE(0600U, 0400U, 0700U));
  CHECK(open_private(folder.key));
}

TEST_CASE("a file that group or others can reach is refused with its mode", "[private]") {
  const Folder folder;
  const auto [mode, shown] = GENERATE(table<unsigned, std::string>(
      {{0640U, "0640"}, {0604U, "0604"}, {0644U, "0644"}, {0660U, "0660"}, {0602U, "0602"}, {0601U, "0601"}}));
  ::chmod(folder.key.c_str(), mode);
  CHECK_THAT(refusal_of(folder.key), Contains("mode " + shown) && Contains("chmod 0600"));
}

TEST_CASE("a folder that others may write to is refused, a sticky one of root's is not", "[private]") {
  const Folder folder;
  const auto key = folder.make("ssl/private/key.pem");
  ::chmod((folder.path / "ssl").c_str(), 0777);
  CHECK_THAT(refusal_of(key), Contains("ssl is writable by others (mode 0777)"));
  if (::geteuid() == 0) {
    ::chmod((folder.path / "ssl").c_str(), 01777);
    CHECK(open_private(key));
  }
}

TEST_CASE("a link is followed when nobody else can switch it", "[private]") {
  const Folder folder;
  // As Kubernetes mounts a secret: key -> ..data/key, ..data -> folder of the version.
  folder.make("..version1/key");
  fs::create_directory_symlink("..version1", folder.path / "..data");
  fs::create_symlink("..data/key", folder.path / "key");
  CHECK(open_private(folder.path / "key"));
  fs::create_directory(folder.path / "open");
  fs::create_symlink(folder.key, folder.path / "open" / "key");
  ::chmod((folder.path / "open").c_str(), 0777);
  CHECK_THAT(refusal_of(folder.path / "open" / "key"), Contains("writable by others"));
}

TEST_CASE("what is no regular file is refused without waiting for it", "[private]") {
  const Folder folder;
  const auto pipe = folder.path / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THAT(refusal_of(pipe), Contains("not a regular file"));
  CHECK_THAT(refusal_of(folder.path), Contains("not a regular file"));
}

TEST_CASE("a missing file is an error with a remedy, a link to nothing as well", "[private]") {
  const Folder folder;
  CHECK_THAT(refusal_of(folder.path / "nothing"), Contains("errno 2") && Contains("set the preference that names it"));
  fs::create_symlink("nowhere", folder.path / "dangling");
  CHECK_THAT(refusal_of(folder.path / "dangling"), Contains("errno 2"));
}

TEST_CASE("a file or a folder of another user is refused", "[private]") {
  if (::geteuid() != 0) return;  // only root can give files away
  const Folder folder;
  REQUIRE(::chown(folder.key.c_str(), 12345, 0) == 0);
  CHECK_THAT(refusal_of(folder.key), Contains("belongs to user 12345"));
  const auto key = folder.make("theirs/key.pem");
  REQUIRE(::chown(key.parent_path().c_str(), 12345, 0) == 0);
  CHECK_THAT(refusal_of(key), Contains("theirs belongs to user 12345"));
}

TEST_CASE("the group muster may read the file, no other group may, and nobody else", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  ::chmod(folder.key.c_str(), 0640);
  REQUIRE(::chown(folder.key.c_str(), 0, other_group) == 0);
  CHECK_THAT(refusal_of(folder.key), Contains("mode 0640"));
  REQUIRE(::chown(folder.key.c_str(), 0, muster_group) == 0);
  CHECK(open_private(folder.key));
  for (const mode_t mode : {0660U, 0650U, 0644U, 0641U}) {
    ::chmod(folder.key.c_str(), mode);
    CHECK_THAT(refusal_of(folder.key), Contains("chmod 0640"));
  }
}

TEST_CASE("a folder may be writable by the groups of root and muster only", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  const auto key = folder.make("above/key.pem");
  ::chmod((folder.path / "above").c_str(), 0770);
  for (const gid_t group : {gid_t{0}, muster_group}) {
    REQUIRE(::chown(key.parent_path().c_str(), 0, group) == 0);
    CHECK(open_private(key));
  }
  REQUIRE(::chown(key.parent_path().c_str(), 0, other_group) == 0);
  CHECK_THAT(refusal_of(key), Contains("mode 0770") && Contains("chmod go-w"));
}

TEST_CASE("a sticky folder of another user is refused", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  const auto key = folder.make("above/key.pem");
  ::chmod((folder.path / "above").c_str(), 01777);
  REQUIRE(::chown(key.parent_path().c_str(), 12345, 0) == 0);
  CHECK_THAT(refusal_of(key), Contains("belongs to user 12345"));
}

TEST_CASE("a sticky folder protects only where it is root's", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  ::chmod(folder.path.c_str(), 0755);
  const auto key = folder.make("above/key.pem");
  for (const auto& path : {key, key.parent_path()}) {
    REQUIRE(::chown(path.c_str(), testing::AsNobody::id, testing::AsNobody::id) == 0);
  }
  ::chmod((folder.path / "above").c_str(), 01777);
  const testing::AsNobody nobody;
  CHECK_THAT(refusal_of(key), Contains("mode 1777"));
}

TEST_CASE("a user reads the user's own file, and is told how to read root's", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  ::chmod(folder.path.c_str(), 0755);
  const auto own = folder.make("own.pem");
  REQUIRE(::chown(own.c_str(), testing::AsNobody::id, testing::AsNobody::id) == 0);
  const testing::AsNobody nobody;
  CHECK(open_private(own));
  CHECK_THAT(refusal_of(folder.key), Contains("errno 13") && Contains("run as root or join the group muster"));
}

TEST_CASE("behind a link the folders of its target are judged too, and a loop ends", "[private]") {
  const Folder folder;
  const auto target = folder.make("target/key.pem");
  fs::create_symlink(target, folder.path / "link");
  CHECK(open_private(folder.path / "link"));
  ::chmod(target.parent_path().c_str(), 0777);
  CHECK_THAT(refusal_of(folder.path / "link"), Contains("target is writable by others"));
  fs::create_symlink("loop", folder.path / "loop");
  CHECK_THAT(refusal_of(folder.path / "loop"), Contains("errno 40"));
}

namespace {

// As systemd sets it for a service.
class CredentialsAt {
 public:
  explicit CredentialsAt(const fs::path& folder) { ::setenv("CREDENTIALS_DIRECTORY", folder.c_str(), 1); }
  CredentialsAt(const CredentialsAt&) = delete;
  CredentialsAt& operator=(const CredentialsAt&) = delete;
  ~CredentialsAt() { ::unsetenv("CREDENTIALS_DIRECTORY"); }
};

}  // namespace

TEST_CASE("a credential is a file of that name in the folder that the service manager names", "[private]") {
  const Folder folder;
  CHECK(platform::credential("key.pem").empty());
  {
    const CredentialsAt here(folder.path);
    CHECK(platform::credential("key.pem") == folder.key);
    CHECK(platform::credential("nothing").empty());
  }
  const CredentialsAt nowhere(folder.path / "nowhere");
  CHECK(platform::credential("key.pem").empty());
}

TEST_CASE("a credential that cannot be looked at is one nevertheless, and is refused", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  const CredentialsAt here(folder.path);  // root's, 0700
  const testing::AsNobody nobody;
  CHECK_THAT(refusal_of(platform::credential("key.pem")), Contains("errno 13"));
}

TEST_CASE("a credential has the modes that systemd gives it, and no others", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  const CredentialsAt here(folder.path);
  ::chmod(folder.path.c_str(), 0550);
  for (const mode_t mode : {0400U, 0440U}) {
    ::chmod(folder.key.c_str(), mode);
    CHECK(open_private(folder.key));
  }
  for (const mode_t mode : {0444U, 0404U, 0460U, 0644U}) {
    ::chmod(folder.key.c_str(), mode);
    CHECK_THAT(refusal_of(folder.key), Contains("it is accessible to other users"));
  }
  ::chmod(folder.key.c_str(), 0440);
  REQUIRE(::chown(folder.key.c_str(), 0, other_group) == 0);
  CHECK_THAT(refusal_of(folder.key), Contains("mode 0440"));
  ::chmod(folder.path.c_str(), 0557);
  ::chmod(folder.key.c_str(), 0400);
  CHECK_THAT(refusal_of(folder.key), Contains("writable by others"));
}

namespace {

// Rights of its owner and of nobody as a named user, as systemd sets them; acl(5) in the kernel's form. False where the
// file system has no ACLs.
bool let_nobody_in(const fs::path& path, std::uint16_t rights) {
  struct Entry {
    std::uint16_t tag, rights;
    std::uint32_t id;
  };
  struct Acl {
    std::uint32_t version = 2;
    std::array<Entry, 5> entries;
  };
  constexpr std::uint32_t no_id = 0xffffffff;
  Acl acl;
  acl.entries = {
      {{1, rights, no_id}, {2, rights, testing::AsNobody::id}, {4, 0, no_id}, {16, rights, no_id}, {32, 0, no_id}}};
  return ::setxattr(path.c_str(), "system.posix_acl_access", &acl, sizeof acl, 0) == 0;
}

}  // namespace

TEST_CASE("a credential of root's with an ACL for the service's user is the service's", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  if (!let_nobody_in(folder.path, 5) || !let_nobody_in(folder.key, 4)) return;
  const testing::AsNobody nobody;
  CHECK_THAT(refusal_of(folder.key), Contains("mode 0440"));
  const CredentialsAt here(folder.path);
  CHECK(open_private(folder.key));
}

TEST_CASE("outside of the credentials and below them the group of root may not read", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  ::chmod(folder.key.c_str(), 0440);
  CHECK_THAT(refusal_of(folder.key), Contains("mode 0440"));
  const CredentialsAt above(folder.path.parent_path());
  CHECK_THAT(refusal_of(folder.key), Contains("mode 0440"));
}

TEST_CASE("a link among the credentials does not lend its rights to what it leads to", "[private]") {
  if (::geteuid() != 0) return;
  const Folder folder;
  const Folder credentials;
  ::chmod(folder.key.c_str(), 0440);
  fs::create_symlink(folder.key, credentials.path / "link");
  const CredentialsAt here(credentials.path);
  CHECK_THAT(refusal_of(credentials.path / "link"), Contains("mode 0440"));
}

TEST_CASE("what is refused is not repaired", "[private]") {
  const Folder folder;
  ::chmod(folder.key.c_str(), 0644);
  refusal_of(folder.key);
  CHECK(static_cast<unsigned>(fs::status(folder.key).permissions()) == 0644U);
}
