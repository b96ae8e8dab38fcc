#include "platform/root_alone.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using namespace muster::platform;
using Catch::Matchers::Contains;
using muster::testing::AsNobody;
using muster::testing::ScratchFolder;

namespace {

std::string problem_of(const std::filesystem::path& file) {
  const auto checked = check_root_alone_writes(file);
  return checked ? "" : checked.error().line();
}

}  // namespace

TEST_CASE("A file in folders of root's is root's alone where no other user or group may write to it") {
  if (!testing::is_root()) return;
  const ScratchFolder folder;
  const auto file = folder.write("etc/config.ini", "x", 0640);
  CHECK(problem_of(file).empty());

  for (const unsigned mode : {0660U, 0602U}) {
    ScratchFolder::set_mode(file, mode);
    CHECK_THAT(problem_of(file), Contains("it is writable by others (mode 06") && Contains("; chmod go-w"));
  }
  ScratchFolder::set_mode(file, 0640);

  for (const unsigned mode : {0775U, 0757U}) {
    folder.folder("etc", mode);
    CHECK_THAT(problem_of(file), Contains("its folder") && Contains("is writable by others (mode 07"));
  }
}

TEST_CASE("What belongs to another user is not root's alone, also where that user is the one who asks") {
  if (!testing::is_root()) return;
  const ScratchFolder folder;
  const auto file = folder.write("etc/config.ini", "x", 0644);
  REQUIRE(::chown(file.c_str(), AsNobody::id, 0) == 0);
  const AsNobody nobody;
  CHECK_THAT(problem_of(file), Contains("it belongs to user 65534; chown root"));
}

TEST_CASE("A folder or a link of another user on the way is not root's alone") {
  if (!testing::is_root()) return;
  const ScratchFolder folder;
  const auto file = folder.write("etc/config.ini", "x", 0644);
  std::filesystem::create_symlink(file, folder / "link");
  CHECK(problem_of(folder / "link").empty());
  REQUIRE(::lchown((folder / "link").c_str(), AsNobody::id, 0) == 0);
  CHECK_THAT(problem_of(folder / "link"), Contains("the link") && Contains("belongs to user 65534"));

  REQUIRE(::chown((folder / "etc").c_str(), AsNobody::id, 0) == 0);
  CHECK_THAT(problem_of(file), Contains("its folder") && Contains("belongs to user 65534"));
}

TEST_CASE("What is not there, or is no file, is not root's alone") {
  const ScratchFolder folder;
  CHECK_THAT(problem_of(folder / "none"), Contains("cannot examine"));
  if (testing::is_root()) CHECK_THAT(problem_of(folder.folder("folder")), Contains("it is not a regular file"));
}
