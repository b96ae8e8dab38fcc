#include "platform/instance_lock.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "platform/process.h"
#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using Catch::Matchers::Contains;
using platform::InstanceLock;
namespace fs = std::filesystem;

TEST_CASE("the lock file names its holder", "[instance_lock]") {
  const testing::ScratchFolder scratch;
  scratch.write("run.lock", "a longer line of somebody before\n");
  const auto lock = InstanceLock::take(scratch / "run.lock");
  REQUIRE(lock);
  CHECK(testing::ScratchFolder::content_of(scratch / "run.lock") == std::to_string(platform::process_id()) + "\n");
}

TEST_CASE("a second one is refused and told who is first", "[instance_lock]") {
  const testing::ScratchFolder scratch;
  const auto first = InstanceLock::take(scratch / "run.lock");
  REQUIRE(first);
  const auto second = InstanceLock::take(scratch / "run.lock");
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::failure);
  CHECK_THAT(second.error().line(),
             Contains("process " + std::to_string(platform::process_id())) && Contains("stop it first"));
}

TEST_CASE("the lock is free again when its holder has ended, in whatever way", "[instance_lock]") {
  const testing::ScratchFolder scratch;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = InstanceLock::take(scratch / "run.lock");
    ::_exit(lock ? 0 : 1);  // without a word, as after a crash
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  REQUIRE(status == 0);
  CHECK(InstanceLock::take(scratch / "run.lock"));
}

TEST_CASE("what stands in the lock file of another reaches no terminal", "[instance_lock]") {
  const testing::ScratchFolder scratch;
  const auto first = InstanceLock::take(scratch / "run.lock");
  REQUIRE(first);
  scratch.write("run.lock", "\x1b[31m17\n");
  const auto second = InstanceLock::take(scratch / "run.lock");
  REQUIRE_FALSE(second);
  CHECK_THAT(second.error().line(), !Contains("\x1b"));
}

TEST_CASE("a link is not followed, and its target stays as it is", "[instance_lock]") {
  const testing::ScratchFolder scratch;
  scratch.write("precious", "content");
  fs::create_symlink("precious", scratch / "run.lock");
  const auto lock = InstanceLock::take(scratch / "run.lock");
  REQUIRE_FALSE(lock);
  CHECK(lock.error().kind == ErrorKind::local_file);
  CHECK(testing::ScratchFolder::content_of(scratch / "precious") == "content");
}

TEST_CASE("a lock that cannot be taken says why", "[instance_lock]") {
  const testing::ScratchFolder scratch;
  const auto missing = InstanceLock::take(scratch / "missing" / "run.lock");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::local_file);
  if (!testing::is_root()) return;
  const testing::AsNobody nobody;
  const auto forbidden = InstanceLock::take(scratch / "run.lock");
  REQUIRE_FALSE(forbidden);
  CHECK_THAT(forbidden.error().line(), Contains("errno 13") && Contains("as the user of the service"));
}
