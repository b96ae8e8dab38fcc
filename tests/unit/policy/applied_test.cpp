#include "agent/policy/applied.h"

#include <fmt/core.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>

#include "agent/config/locations.h"
#include "agent/config/settings.h"
#include "agent/policy/record_file.h"
#include "agent/policy/trial_run.h"
#include "agent/policy/words.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::policy;
using config::Component;

namespace {

constexpr char by_hand[] =
    "[ManageSoft\\Common\\UploadSettings\\hand]\nProtocol=https\nHost=b1.corp.example\nPort=443\nDirectory=RL\n"
    "[ManageSoft\\Common\\DownloadSettings\\hand]\nProtocol=https\nHost=b1.corp.example\nPort=443\nDirectory=DL\n";

constexpr char policy_of_test[] = R"({"muster_policy": 1,
  "beacons": {"upload": [{"id": "lyon", "host": "lyon.corp.example", "priority": 2},
                         {"id": "HAND", "host": "evil.corp.example", "priority": 1}]},
  "preferences": {"NetworkTimeout": 77, "NetworkRetries": 7, "SelectorAlgorithm": "MgsRandom", "LogLevel": "debug"}})";

// A data directory with a config.ini and an applied policy.
class AppliedScene {
 public:
  explicit AppliedScene(const std::string& ini, const char* policy = policy_of_test) {
    folder_.write("config.ini",
                  "[ManageSoft\\Common]\nDataDirectory=" + folder_.path().string() + "\n" + ini + by_hand);
    const auto document = read_document(policy);
    REQUIRE(document);
    REQUIRE(change_record(folder_.path() / "state", [&](Record& record) -> Status {
      record.applied = *document;
      record.beacons = document->beacons;
      record.is_signed = true;
      record.number = 17;
      return {};
    }));
  }

  InForce load(std::vector<std::string> overrides = {}) const {
    const auto loaded = load_in_force({folder_.ini(), true, std::move(overrides)});
    REQUIRE(loaded);
    return *loaded;
  }

  const config::ScratchFolder& folder() const { return folder_; }

 private:
  config::ScratchFolder folder_;
};

std::string text(const InForce& loaded, Component component, std::string_view name) {
  const auto value = loaded.preferences.get(component, name);
  return value ? value->text + " of " + value->origin : "(none)";
}

}  // namespace

TEST_CASE("A preference set by hand beats the policy in every section, also when it is set to nothing") {
  const AppliedScene scene("NetworkRetries=\n[ManageSoft\\Uploader\\CurrentVersion]\nNetworkTimeout=5\n");
  const InForce loaded = scene.load();
  CHECK(text(loaded, Component::upload, "NetworkTimeout") == "5 of " + scene.folder().at(5));
  CHECK(text(loaded, Component::download, "NetworkTimeout") == "77 of policy 17");
  CHECK(text(loaded, Component::download, "NetworkRetries") == "1 of default");
  CHECK(text(scene.load({"NetworkTimeout=6"}), Component::download, "NetworkTimeout") == "6 of -o");
}

TEST_CASE("A preference of the selector set by hand in Common beats the policy") {
  CHECK(text(AppliedScene("SelectorAlgorithm=Fastest\n").load(), Component::select, "SelectorAlgorithm")
            .starts_with("Fastest"));
  CHECK(text(AppliedScene("").load(), Component::select, "SelectorAlgorithm") == "MgsRandom of policy 17");
}

TEST_CASE("Locations set by hand stay as they are, and those of the policy join them") {
  const InForce loaded = AppliedScene("").load();
  const auto uploads = config::read_locations(loaded.preferences, beacon::Direction::upload);
  CHECK(uploads.mistakes.empty());
  REQUIRE(uploads.locations.size() == 2);
  CHECK(uploads.locations[0].host == "b1.corp.example");
  CHECK(uploads.locations[0].auto_priority);
  CHECK(uploads.locations[1].host == "lyon.corp.example");
  CHECK(uploads.locations[1].origin == "policy 17");
  CHECK(uploads.locations[1].priority == 2);
  CHECK(config::read_locations(loaded.preferences, beacon::Direction::download).locations.size() == 1);
}

TEST_CASE("While a beacon list is on trial, the former one is there as well") {
  const AppliedScene scene("");
  REQUIRE(change_record(scene.folder().path() / "state", [](Record& record) -> Status {
    PolicyLocation replaced = record.beacons.upload.front();
    replaced.host = "old.corp.example";
    PolicyLocation gone = replaced;
    gone.id = "gone";
    gone.host = "gone.corp.example";
    record.former.upload = {replaced, gone};
    record.trial = Trial{};
    return {};
  }));
  std::vector<std::string> hosts;
  const auto locations = config::locations(scene.load().preferences, beacon::Direction::upload);
  REQUIRE(locations);
  for (const beacon::Location& location : *locations) hosts.push_back(location.id + " " + location.host);
  CHECK(std::count(hosts.begin(), hosts.end(), "lyon lyon.corp.example") == 1);
  CHECK(std::count(hosts.begin(), hosts.end(), "lyon-former old.corp.example") == 1);
  CHECK(std::count(hosts.begin(), hosts.end(), "gone gone.corp.example") == 1);
}

TEST_CASE("The list of preferences shows what comes of the policy") {
  const InForce loaded = AppliedScene("").load();
  bool timeout = false;
  bool host = false;
  for (const config::ListedValue& row : loaded.preferences.list()) {
    timeout = timeout || (row.name == "NetworkTimeout" && row.value == "77" && row.origin == "policy 17");
    host = host || (row.name == "Host" && row.value == "lyon.corp.example" && row.origin == "policy 17");
  }
  CHECK(timeout);
  CHECK(host);
}

TEST_CASE("An applied policy that is not permitted any more has no effect") {
  const InForce loaded = AppliedScene("AllowedBeaconDomains=other.example\n").load();
  CHECK(config::read_locations(loaded.preferences, beacon::Direction::upload).locations.size() == 1);
  CHECK(text(loaded, Component::download, "NetworkTimeout") == "30 of default");
  CHECK(loaded.lapsed.find("'lyon.corp.example' is not below an allowed domain") != std::string::npos);
  CHECK(record_in_words(loaded.record, loaded.lapsed).find("; NOT IN FORCE: beacons.upload[0].host") !=
        std::string::npos);
  CHECK(AppliedScene("").load().lapsed.empty());
}

TEST_CASE("On trial are the locations of the policy, and not one set by hand under the same id") {
  const AppliedScene scene("");
  REQUIRE(change_record(scene.folder().path() / "state", [](Record& record) -> Status {
    record.trial = Trial{};
    return {};
  }));
  const InForce loaded = scene.load();
  auto locations = config::locations(loaded.preferences, beacon::Direction::upload);
  REQUIRE(locations);
  put_trial_first(*locations, beacon::Direction::upload, loaded);
  for (const beacon::Location& location : *locations) {
    INFO(location.id);
    CHECK((location.priority == 0U) == (location.id == "lyon"));
    CHECK(location.auto_priority == (location.id == "hand"));
  }
}

TEST_CASE("Two locations on trial stand first, others each hour") {
  std::string listed;
  for (int i = 0; i < 50; ++i) {
    listed += fmt::format(R"({}{{"id": "n{}", "host": "n{}.corp.example"}})", i == 0 ? "" : ",", i, i);
  }
  const std::string policy =
      R"({"muster_policy": 1, "beacons": {"upload": [)" + listed + R"(], "download": [)" + listed + "]}}";
  const AppliedScene scene("", policy.c_str());

  std::set<std::string> seen;
  for (int hour = 0; hour < 24; ++hour) {
    REQUIRE(change_record(scene.folder().path() / "state", [&](Record& record) -> Status {
      record.trial = Trial{std::chrono::hours(hour), false, false};
      return {};
    }));
    const InForce loaded = scene.load();
    auto locations = config::locations(loaded.preferences, beacon::Direction::upload);
    REQUIRE(locations);
    put_trial_first(*locations, beacon::Direction::upload, loaded);
    std::size_t first = 0;
    for (const beacon::Location& location : *locations) {
      if (location.priority != 0U) continue;
      ++first;
      seen.insert(location.id);
    }
    CHECK(first == 2);
  }
  CHECK(seen.size() == 48);
}

TEST_CASE("A section set by hand without a host keeps its id from the policy") {
  const InForce loaded = AppliedScene("[ManageSoft\\Common\\UploadSettings\\lyon]\nPriority=invalid\n").load();
  const auto value = loaded.preferences.get_in("ManageSoft\\Common\\UploadSettings\\lyon", "Host");
  CHECK_FALSE(value);
}

TEST_CASE("What was written into the record by hand is held to the allow-list") {
  const AppliedScene scene("", R"({"muster_policy": 1, "preferences": {"CheckServerCertificate": false}})");
  CHECK(text(scene.load(), Component::upload, "CheckServerCertificate") == "True of default");
}

TEST_CASE("A damaged record leaves what was set by hand") {
  const AppliedScene scene("");
  scene.folder().write("state/policy/applied.json", "garbage");
  CHECK(text(scene.load(), Component::download, "NetworkTimeout") == "30 of default");
}
