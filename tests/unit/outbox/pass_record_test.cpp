#include "agent/outbox/pass_record.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using outbox::recall;
using outbox::remember;

namespace {

const WallTime noon = std::chrono::system_clock::from_time_t(1'800'000'000);

}  // namespace

TEST_CASE("what was remembered is recalled", "[last_drain]") {
  const testing::ScratchFolder folder;
  remember(folder / "state", {noon, 7, 2, 3, 0, "upload of x to 'paris': HTTP 413"});
  const auto last = recall(folder / "state");
  REQUIRE(last);
  CHECK(last->time == noon);
  CHECK(last->delivered == 7);
  CHECK(last->set_aside == 2);
  CHECK(last->left == 3);
  CHECK(last->error == "upload of x to 'paris': HTTP 413");
}

TEST_CASE("without an error the error is empty, and an earlier one is forgotten", "[last_drain]") {
  const testing::ScratchFolder folder;
  remember(folder.path(), {noon, 0, 0, 1, 0, "a rather long error that stood there before"});
  remember(folder.path(), {noon, 1, 0, 0, 0, ""});
  const auto last = recall(folder.path());
  REQUIRE(last);
  CHECK(last->error.empty());
  CHECK(last->delivered == 1);
}

TEST_CASE("an error of several lines stays one line", "[last_drain]") {
  const testing::ScratchFolder folder;
  remember(folder.path(), {noon, 0, 0, 1, 0, "first\nsecond\x1b[31m"});
  const auto last = recall(folder.path());
  REQUIRE(last);
  CHECK(last->error == "first?second?[31m");
}

TEST_CASE("where nothing was remembered there is nothing", "[last_drain]") {
  const testing::ScratchFolder folder;
  CHECK_FALSE(recall(folder.path()));
  CHECK_FALSE(recall(folder / "missing"));
}

TEST_CASE("a damaged record is none", "[last_drain]") {
  const testing::ScratchFolder folder;
  const std::vector<std::string> damaged{"",
                                         "\n",
                                         "\n\n",
                                         "1800000000 1 2 3 0",
                                         "1800000000 1 2 3\nerror\n",
                                         "1800000000 1 2 3 0 4\nerror\n",
                                         "1800000000 1 x 3 0\nerror\n",
                                         "-1 1 2 3 0\nerror\n",
                                         "1800000000 1 2 99999999999999999999999 0\nerror\n",
                                         "18446744073709551615 1 2 3 0\nerror\n",
                                         "9223372036854775807 1 2 3 0\n\n",
                                         "{\"time\": 1}\n",
                                         std::string(20'000, '1') + " 1 2 3 0\n\n"};
  for (const std::string& content : damaged) {
    INFO(content.substr(0, 60));
    folder.write("last-upload", content);
    CHECK_FALSE(recall(folder.path()));
  }
}

TEST_CASE("what somebody wrote into the record does not reach a terminal", "[last_drain]") {
  const testing::ScratchFolder folder;
  folder.write("last-upload", "1800000000 1 2 3 0\nred: \x1b[31m\n");
  const auto last = recall(folder.path());
  REQUIRE(last);
  CHECK(last->error == "red: ?[31m");
}

TEST_CASE("a pipe in the place of the record keeps nobody waiting", "[last_drain]") {
  const testing::ScratchFolder folder;
  REQUIRE(::mkfifo((folder / "last-upload").c_str(), 0600) == 0);
  CHECK_FALSE(recall(folder.path()));
}

TEST_CASE("what cannot be remembered is no failure", "[last_drain]") {
  const testing::ScratchFolder folder;
  folder.write("state", "a file where the folder should be");
  remember(folder / "state", {noon, 1, 0, 0, 0, ""});
  CHECK_FALSE(recall(folder / "state"));
}
