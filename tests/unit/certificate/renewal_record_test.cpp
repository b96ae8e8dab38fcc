#include "agent/certificate/renewal_record.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using namespace muster::certificate;
using testing::ScratchFolder;

namespace {

const WallTime noon{std::chrono::hours(24 * 20'000 + 12)};

}  // namespace

TEST_CASE("A record comes back as it was written, each word on its line") {
  const ScratchFolder state;
  REQUIRE(write_renewal_record(state.path(), {noon, std::nullopt}));
  REQUIRE(read_renewal_record(state.path()));
  CHECK(read_renewal_record(state.path())->time == noon);
  CHECK_FALSE(read_renewal_record(state.path())->problem);

  REQUIRE(write_renewal_record(state.path(), {noon, Error(ErrorKind::identity, "two\nlines", "fix it")}));
  const auto failed = read_renewal_record(state.path());
  REQUIRE((failed && failed->problem));
  CHECK(failed->problem->kind == ErrorKind::identity);
  CHECK(failed->problem->message == "two?lines");
  CHECK(failed->problem->remedy == "fix it");
}

TEST_CASE("What is no record is none: damaged, cut off, enormous, a link, a folder, or missing") {
  const ScratchFolder state;
  CHECK_FALSE(read_renewal_record(state.path()));
  for (const char* const content : {"", "x\ninstalled\n", "12", "12\nfailure\nmessage"}) {
    state.write("renew-record", content);
    CHECK_FALSE(read_renewal_record(state.path()));
  }
  state.write("renew-record", "12\ninstalled\n" + std::string(20'000, 'x'));
  CHECK_FALSE(read_renewal_record(state.path()));

  std::filesystem::remove(state / "renew-record");
  std::filesystem::create_symlink(state.write("other", "12\ninstalled\n"), state / "renew-record");
  CHECK_FALSE(read_renewal_record(state.path()));
  std::filesystem::remove(state / "renew-record");
  state.folder("renew-record");
  CHECK_FALSE(read_renewal_record(state.path()));
}
