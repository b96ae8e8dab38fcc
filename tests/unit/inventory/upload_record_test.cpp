#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "agent/inventory/upload_record.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::inventory;

namespace {
const WallTime now = WallTime(seconds(1'800'000'000));
}

TEST_CASE("an inventory is due when it is new, changed, or old") {
  UploadRecord record;
  CHECK(is_due(record, "aa", now));
  record.pending = {"aa", now};
  CHECK(is_due(record, "aa", now));  // in the spool is not accepted
  record.accepted = {"aa", now};
  CHECK_FALSE(is_due(record, "aa", now + std::chrono::hours(13 * 24)));
  CHECK(is_due(record, "bb", now));
  CHECK(is_due(record, "aa", now + std::chrono::hours(14 * 24)));
  CHECK(is_due(record, "aa", now - seconds(1)));  // the clock was set back
}

TEST_CASE("only the pending file of a format counts as accepted") {
  const config::ScratchFolder folder;
  const std::filesystem::path state = folder.path() / "state";
  REQUIRE(record_pending(state, Format::glpi, {"aa", now}, "a.json.gz"));
  CHECK_FALSE(read_upload_record(state, Format::glpi).accepted);
  CHECK_FALSE(read_upload_record(state, Format::cyclonedx).pending);

  REQUIRE(record_accepted(state, "other.json.gz"));
  CHECK_FALSE(read_upload_record(state, Format::glpi).accepted);
  REQUIRE(record_accepted(state, "a.json.gz"));
  const UploadRecord record = read_upload_record(state, Format::glpi);
  REQUIRE(record.accepted);
  CHECK(record.accepted->digest == "aa");
  CHECK(record.accepted->time == now);
  CHECK_FALSE(record.pending);
}

TEST_CASE("a damaged record is an empty one") {
  const config::ScratchFolder folder;
  for (const char* const content :
       {"", "accepted", "accepted aa x\n", "pending aa 99999999999999999999 f\n", "\xff\n\n"}) {
    std::ofstream(folder.path() / "inventory-glpi") << content;
    const UploadRecord record = read_upload_record(folder.path(), Format::glpi);
    CHECK_FALSE(record.accepted);
    CHECK_FALSE(record.pending);
  }
}
