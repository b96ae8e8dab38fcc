#include "agent/policy/record.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/policy/record_file.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::policy;

namespace {

const WallTime now{seconds(1'800'000'000)};

BeaconLists list_of(const std::string& id) {
  const PolicyLocation location{id, "", true, id + ".corp.example", 443, "x", std::nullopt};
  return {{location}, {location}};
}

Arrival arrival(const std::string& id, const std::string& digest = "") {
  Arrival arrived;
  if (!id.empty()) arrived.document.beacons = list_of(id);
  arrived.digest = digest.empty() ? "digest of " + id : digest;
  arrived.source = "Policies/default.json at 'paris'";
  return arrived;
}

Arrival signed_arrival(std::uint64_t number, const std::string& key = "key 1", const std::string& digest = "") {
  Arrival arrived = arrival("", digest.empty() ? "digest " + std::to_string(number) : digest);
  arrived.document.number = number;
  arrived.key = key;
  return arrived;
}

Record taken(const Record& record, const Arrival& arrived) {
  const auto next = take_up(record, arrived, now);
  REQUIRE(next);
  return *next;
}

std::string refusal(const Record& record, const Arrival& arrived) {
  const auto next = take_up(record, arrived, now);
  return next ? std::string() : next.error().message;
}

Record proved(Record record, const std::string& id, const ByHand& by_hand = {}) {
  return after_fetch(after_upload(std::move(record), id, by_hand), id, by_hand);
}

std::string in_use(const Record& record) {
  return record.beacons.upload.empty() ? "by hand" : record.beacons.upload[0].id;
}

}  // namespace

TEST_CASE("Of one key an older signed policy is refused, and so is another one under the same number") {
  const Record record = taken(taken({}, signed_arrival(7)), signed_arrival(9));
  CHECK(refusal(record, signed_arrival(8)) == "its number 8 is lower than 9, which was applied");
  CHECK(refusal(record, signed_arrival(9, "key 1", "other")) == "another policy was applied under its number 9");
  CHECK(refusal(record, signed_arrival(9)).empty());
  CHECK(refusal(record, signed_arrival(10)).empty());

  Arrival without = signed_arrival(10);
  without.document.number.reset();
  CHECK(refusal(record, without) == "number is missing: a signed policy needs one");
}

TEST_CASE("A new key restarts the number") {
  const Record record = taken(taken({}, signed_arrival(9)), signed_arrival(1, "key 2"));
  CHECK(record.number == 1);
  CHECK(name_of(record) == "1");
  CHECK(refusal(record, signed_arrival(2, "key 2")).empty());
}

TEST_CASE("Unsigned policies are ordered by arrival, whatever their number") {
  Arrival high = arrival("", "a");
  high.document.number = 100;
  Arrival low = arrival("", "b");
  low.document.number = 1;
  const Record record = taken(taken({}, high), low);
  CHECK(record.digest == "b");
  CHECK(name_of(record) == "of 2027-01-15 08:00:00 UTC");
}

TEST_CASE("Signed policies keep their number while an unsigned one is in force") {
  const Record record = taken(taken({}, signed_arrival(9)), arrival("", "unsigned"));
  CHECK(refusal(record, signed_arrival(8)) == "its number 8 is lower than 9, which was applied");
  CHECK(refusal(record, signed_arrival(9)).empty());
}

TEST_CASE("A new beacon list that proves nothing within a day of running time goes") {
  Record record = taken({}, arrival("lyon"));
  CHECK(in_use(record) == "lyon");
  record = after_running(record, trial_time - seconds(1));
  CHECK(in_use(record) == "lyon");
  record = after_running(record, seconds(1));
  CHECK(in_use(record) == "by hand");
  CHECK_FALSE(record.trial);
  CHECK(record.trial_end ==
        "the beacon list of policy of 2027-01-15 08:00:00 UTC was taken back: no upload was delivered and no policy "
        "fetched through it within 24 hours");

  record = taken(record, arrival("lyon"));
  CHECK(in_use(record) == "by hand");
  CHECK(in_use(taken(record, arrival("lyon", "another policy"))) == "lyon");
}

TEST_CASE("One proof alone is not enough") {
  const Record record = taken({}, arrival("lyon"));
  const Record uploaded = after_running(after_upload(record, "lyon", {}), trial_time);
  CHECK(in_use(uploaded) == "by hand");
  CHECK(uploaded.trial_end.find("no policy was fetched through it") != std::string::npos);
  const Record fetched = after_running(after_fetch(record, "lyon", {}), trial_time);
  CHECK(in_use(fetched) == "by hand");
  CHECK(fetched.trial_end.find("no upload was delivered through it") != std::string::npos);
}

TEST_CASE("What goes through another location proves nothing") {
  const Record record = proved(taken({}, arrival("lyon")), "by hand");
  CHECK(record.trial == Trial{});
}

TEST_CASE("A location set by hand proves nothing for a list that has the same id") {
  ByHand by_hand;
  by_hand.locations = {{beacon::Direction::upload, "LYON", "hand.corp.example", true, false},
                       {beacon::Direction::download, "LYON", "hand.corp.example", true, false}};
  Arrival arrived = arrival("nice");
  const PolicyLocation same = list_of("lyon").upload.front();
  arrived.document.beacons.upload.push_back(same);
  arrived.document.beacons.download.push_back(same);
  const Record record = taken({}, arrived);
  CHECK(proved(record, "lyon", by_hand).trial == Trial{});
  CHECK_FALSE(proved(record, "nice", by_hand).trial);

  // A list that brings nothing else changes nothing, and any location proves it.
  CHECK_FALSE(proved(taken({}, arrival("lyon")), "other", by_hand).trial);
}

TEST_CASE("A list that carried an upload and a policy stays") {
  Record record = proved(taken({}, arrival("lyon")), "LYON");
  CHECK_FALSE(record.trial);
  record = after_running(record, trial_time);
  CHECK(in_use(record) == "lyon");
}

TEST_CASE("The list that returns is the last one that was proved") {
  Record record = proved(taken({}, arrival("lyon")), "lyon");
  record = taken(record, arrival("nice"));
  record = after_running(record, seconds(3600));
  record = taken(record, arrival("metz"));
  CHECK(in_use(record) == "metz");
  CHECK(record.trial == Trial{});
  CHECK(in_use(after_running(record, trial_time)) == "lyon");
  const Record returned = taken(record, arrival("lyon", "back again"));
  CHECK(in_use(returned) == "lyon");
  CHECK_FALSE(returned.trial);
}

TEST_CASE("A policy that changes other things does not restart the trial") {
  Record record = after_running(taken({}, arrival("lyon")), seconds(3600));
  record = taken(record, arrival("lyon", "another preference"));
  CHECK(record.trial->ran == seconds(3600));
}

TEST_CASE("A list that is taken away is on trial as well: what is left has to work") {
  Record record = proved(taken({}, arrival("lyon")), "lyon");
  record = taken(record, arrival("", "no beacons"));
  CHECK(in_use(record) == "by hand");
  CHECK(in_use(after_running(record, trial_time)) == "lyon");
  record = proved(record, "hand");
  CHECK(in_use(after_running(record, trial_time)) == "by hand");
}

TEST_CASE("In force is the applied policy with the list in force") {
  Arrival arrived = arrival("lyon");
  arrived.document.preferences = {{"LogLevel", "debug"}};
  const Record record = after_running(taken({}, arrived), trial_time);
  const auto document = in_force(record);
  REQUIRE(document);
  CHECK(document->beacons.empty());
  CHECK(document->preferences.size() == 1);
  CHECK_FALSE(in_force(Record()));
}

TEST_CASE("A record reads back as it was written") {
  Record record = taken(taken({}, signed_arrival(9)), arrival("lyon"));
  record = after_upload(after_running(record, seconds(77)), "lyon", {});
  record.refusal = "a \"reason\"";
  record.asked_at = now;
  const auto again = record_from(text_of(record));
  REQUIRE(again);
  CHECK(text_of(*again) == text_of(record));
  CHECK(again->trial == record.trial);
  CHECK(again->number == 9);
  CHECK(again->beacons == record.beacons);
}

TEST_CASE("A damaged record is an error, and the next change replaces it") {
  const config::ScratchFolder folder;
  CHECK(read_record(folder.path())->digest.empty());
  std::filesystem::create_directory(folder.path() / "policy");
  folder.write("policy/applied.json", "{\"digest\": ");
  const auto damaged = read_record(folder.path());
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().kind == ErrorKind::failure);

  CHECK(change_record(folder.path(), [](Record& record) -> Status {
    record.digest = "new";
    return {};
  }));
  CHECK(read_record(folder.path())->digest == "new");
  CHECK_FALSE(change_record(folder.path(), [](Record& record) -> Status {
    record.digest = "refused";
    return fail(ErrorKind::failure, "no");
  }));
  CHECK(read_record(folder.path())->digest == "new");
}
