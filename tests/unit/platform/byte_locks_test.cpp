#include "platform/byte_locks.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "platform/unique_fd.h"
#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using Catch::Matchers::Contains;
using platform::ByteLocks;
using testing::ScratchFolder;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<ByteLocks> opened(const fs::path& file) {
  auto locks = ByteLocks::open(file);
  REQUIRE(locks);
  return std::move(*locks);
}

bool is_free(ByteLocks& locks, std::uint64_t place) {
  const auto lock = locks.try_lock(place);
  REQUIRE(lock);
  return lock->has_value();
}

// Whether another process gets the lock.
bool is_free_elsewhere(const fs::path& file, std::uint64_t place) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto locks = ByteLocks::open(file);
    const auto lock = locks ? (*locks)->try_lock(place) : tl::unexpected(locks.error());
    ::_exit(!lock ? 2 : *lock ? 1 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) != 2);
  return WEXITSTATUS(status) == 1;
}

}  // namespace

TEST_CASE("a locked byte is locked for other processes and for this one, and no other byte is", "[byte_locks]") {
  const ScratchFolder scratch;
  const auto file = scratch / "claims";
  const auto locks = opened(file);
  for (const std::uint64_t place : {std::uint64_t{0}, std::uint64_t{77}, ByteLocks::places - 1}) {
    const auto lock = locks->try_lock(place);
    REQUIRE(lock);
    REQUIRE(*lock);
    CHECK_FALSE(is_free(*locks, place));
    CHECK_FALSE(is_free(*opened(file), place));
    CHECK_FALSE(is_free_elsewhere(file, place));
    CHECK(is_free_elsewhere(file, place == 0 ? 1 : place - 1));
  }
  CHECK(is_free_elsewhere(file, 77));
}

TEST_CASE("a failed attempt to lock a byte twice does not free it", "[byte_locks]") {
  const ScratchFolder scratch;
  const auto locks = opened(scratch / "claims");
  const auto lock = locks->try_lock(5);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(is_free(*locks, 5));
  CHECK_FALSE(is_free_elsewhere(scratch / "claims", 5));
}

TEST_CASE("a lock outlives the object that gave it", "[byte_locks]") {
  const ScratchFolder scratch;
  auto locks = opened(scratch / "claims");
  {
    const auto lock = locks->try_lock(5);
    locks.reset();
    CHECK_FALSE(is_free_elsewhere(scratch / "claims", 5));
  }
  CHECK(is_free_elsewhere(scratch / "claims", 5));
}

TEST_CASE("a reader's lock on the whole file, or a lock of the old kind, blocks nothing", "[byte_locks]") {
  const ScratchFolder scratch;
  const auto locks = opened(scratch / "claims");
  const platform::UniqueFd reader(::open((scratch / "claims").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(::flock(reader.get(), LOCK_EX) == 0);
  CHECK(is_free(*locks, 5));
}

TEST_CASE("closing another descriptor of the lock file frees nothing", "[byte_locks]") {
  const ScratchFolder scratch;
  const auto locks = opened(scratch / "claims");
  const auto lock = locks->try_lock(5);
  ScratchFolder::content_of(scratch / "claims");
  opened(scratch / "claims").reset();
  CHECK_FALSE(is_free_elsewhere(scratch / "claims", 5));
}

TEST_CASE("a lock that another process holds is waited for until that process ends", "[byte_locks]") {
  const ScratchFolder scratch;
  std::array<int, 2> locked{};
  std::array<int, 2> end{};
  REQUIRE(::pipe(locked.data()) == 0);
  REQUIRE(::pipe(end.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(end[1]);
    auto locks = ByteLocks::open(scratch / "claims");
    const auto lock = (*locks)->try_lock(5);
    char byte = 0;
    static_cast<void>(!::write(locked[1], "x", 1));
    static_cast<void>(!::read(end[0], &byte, 1));
    ::_exit(0);
  }
  char byte = 0;
  REQUIRE(::read(locked[0], &byte, 1) == 1);
  const auto locks = opened(scratch / "claims");
  CHECK_FALSE(is_free(*locks, 5));
  ::close(end[1]);
  CHECK(locks->wait_for(5));
  ::waitpid(child, nullptr, 0);
  CHECK(is_free(*locks, 5));
  for (const int fd : {locked[0], locked[1], end[0]}) ::close(fd);
}

TEST_CASE("a lock file that was removed or replaced is followed once nothing is locked in the old one",
          "[byte_locks]") {
  const ScratchFolder scratch;
  const auto file = scratch / "claims";
  const auto locks = opened(file);
  {
    const auto lock = locks->try_lock(5);
    REQUIRE(*lock);
    fs::remove(file);
    CHECK_FALSE(is_free(*locks, 6));  // other processes would not see it
    opened(file).reset();
    CHECK_FALSE(is_free(*locks, 6));
  }
  const auto lock = locks->try_lock(6);
  REQUIRE(*lock);
  CHECK_FALSE(is_free_elsewhere(file, 6));
}

TEST_CASE("the lock file is made for the service's group by root, and otherwise for its owner alone", "[byte_locks]") {
  const ScratchFolder scratch;
  const mode_t before = ::umask(0);
  opened(scratch / "claims").reset();
  ::umask(before);
  struct stat facts {};
  REQUIRE(::stat((scratch / "claims").c_str(), &facts) == 0);
  CHECK((facts.st_mode & S_IRWXO) == 0U);
  CHECK((facts.st_mode & S_IRWXU) == (S_IRUSR | S_IWUSR));
  CHECK(scratch.names() == std::vector<std::string>{"claims"});
}

TEST_CASE("links and folders in the place of the lock file are errors, and nothing is made behind them",
          "[byte_locks]") {
  const ScratchFolder scratch;
  scratch.folder("folder");
  fs::create_symlink(scratch / "elsewhere", scratch / "link");
  fs::create_symlink(scratch / "folder", scratch / "link to a folder");
  for (const char* name : {"folder", "link", "link to a folder"}) {
    const auto locks = ByteLocks::open(scratch / name);
    REQUIRE_FALSE(locks);
    CHECK(locks.error().kind == ErrorKind::local_file);
    CHECK_THAT(locks.error().line(), Contains("lock file") && Contains(name));
    if (fs::is_symlink(scratch / name)) CHECK(locks.error().remedy == "remove the link that is in its place");
  }
  CHECK_FALSE(fs::exists(scratch / "elsewhere"));
}

TEST_CASE("root learns what may deny it the lock file, rather than to run as root", "[byte_locks]") {
  const ScratchFolder scratch;
  const auto file = scratch.write("claims", "");
  int attributes = FS_IMMUTABLE_FL;
  const platform::UniqueFd open_one(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!testing::is_root() || ::ioctl(open_one.get(), FS_IOC_SETFLAGS, &attributes) != 0) return;

  const auto locks = ByteLocks::open(file);
  attributes = 0;
  ::ioctl(open_one.get(), FS_IOC_SETFLAGS, &attributes);
  REQUIRE_FALSE(locks);
  CHECK_THAT(locks.error().line(), Contains("errno 1)") && Contains("lsattr") && !Contains("run as root"));
}

TEST_CASE("a lock file with another name is refused, as its locks would be those of another file", "[byte_locks]") {
  const ScratchFolder scratch;
  scratch.write("other", "", 0600);
  fs::create_hard_link(scratch / "other", scratch / "claims");
  const auto locks = ByteLocks::open(scratch / "claims");
  REQUIRE_FALSE(locks);
  CHECK_THAT(locks.error().line(), Contains("claims") && Contains("other names") && Contains("remove it"));
  CHECK(fs::exists(scratch / "other"));
}

TEST_CASE("the other name that a killed process left does not close the lock file", "[byte_locks]") {
  const ScratchFolder scratch;
  scratch.write("claims", "", 0600);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  fs::create_hard_link(scratch / "claims", scratch / (".claims." + std::to_string(child) + ".tmp"));
  CHECK(ByteLocks::open(scratch / "claims"));
  CHECK(scratch.names() == std::vector<std::string>{"claims"});
}

TEST_CASE("a folder that another user has replaced with a link gets no lock file", "[byte_locks]") {
  if (!testing::is_root()) return;
  const ScratchFolder scratch;
  scratch.folder("victim");
  scratch.folder("open");
  fs::permissions(scratch / "open", fs::perms::all);
  fs::create_symlink(scratch / "victim", scratch / "open" / "state");
  REQUIRE(::lchown((scratch / "open" / "state").c_str(), 65534, 65534) == 0);

  const auto locks = ByteLocks::open(scratch / "open" / "state" / "claims");
  REQUIRE_FALSE(locks);
  CHECK(locks.error().kind == ErrorKind::local_file);
  CHECK(fs::is_empty(scratch / "victim"));
}

TEST_CASE("a lock file whose folder is missing is an error that names it", "[byte_locks]") {
  const ScratchFolder scratch;
  const auto locks = ByteLocks::open(scratch / "missing" / "claims");
  REQUIRE_FALSE(locks);
  CHECK_THAT(locks.error().line(), Contains("missing/claims") && Contains("errno 2"));
}

TEST_CASE("a lock file that may not be written is an error with a remedy", "[byte_locks]") {
  if (!testing::is_root()) return;
  const ScratchFolder scratch;
  scratch.write("claims", "", 0644);
  const testing::AsNobody nobody;
  for (const auto& file : {scratch / "claims", scratch / "other"}) {
    const auto locks = ByteLocks::open(file);
    REQUIRE_FALSE(locks);
    CHECK_THAT(locks.error().line(), Contains("errno 13") && Contains("join the group muster"));
  }
}
