#include "agent/policy/document.h"

#include <catch2/catch.hpp>

#include "tests/unit/policy/scene.h"

using namespace muster;
using namespace muster::policy;

namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t time = 0; time < times; ++time) result += text;
  return result;
}

constexpr char whole[] = R"({
  "muster_policy": 1, "number": 17, "device": "laptop-17",
  "beacons": {
    "upload": [{"id": "lyon", "host": "lyon.corp.example"},
               {"id": "nice", "name": "Nice", "host": "nice.corp.example", "port": 8443, "directory": "RL",
                "protocol": "https", "priority": 2}],
    "download": [{"id": "lyon", "host": "lyon.corp.example"}]},
  "preferences": {"NetworkMaxRate": 1000000, "SendTCPKeepAlive": true, "SelectorAlgorithm": "Fastest"},
  "schedule": [{"id": "nightly", "action": "inventory", "catch_up": false, "triggers": [
    {"kind": "weekly", "weekdays": ["mon", "sun"], "at": "02:30", "first_day": "2026-12-24", "every": 2,
     "window_s": 3600, "repeat_s": 900, "duration_s": 1800, "max_delay_s": 60},
    {"kind": "network_up"}, {"kind": "network_up", "min_gap_s": 1200}]}],
  "agent": {"version": "1.2.0"}})";

}  // namespace

TEST_CASE("What is no JSON is refused, and says where") {
  CHECK(refusal("") == "it is not JSON from byte 1 on (nlohmann-json 101)");
  CHECK(refusal("<html>404</html>") == "it is not JSON from byte 1 on (nlohmann-json 101)");
  CHECK(refusal(R"({"muster_policy": 1)") == "it is not JSON from byte 20 on (nlohmann-json 101)");
  CHECK(refusal("{\"muster_policy\": 1, \"device\": \"\xff\"}") ==
        "it is not JSON from byte 33 on (nlohmann-json 101)");
  CHECK(refusal("[]") == "it is no JSON object");
  CHECK(refusal("null") == "it is no JSON object");
}

TEST_CASE("Size, depth and the number of values are bounded") {
  CHECK(refusal(std::string(max_document_size + 1, ' ')) == "it has more than 262144 bytes");
  CHECK(refusal(repeated("[", 100'000)) == "it is nested deeper than 8 levels");
  CHECK(refusal(document_with("\"x\": " + repeated("{\"x\":", 9) + "1" + repeated("}", 9))) ==
        "it is nested deeper than 8 levels");
  CHECK(refusal("[" + repeated("1,", 20'000) + "1]") == "it has more than 10000 values");
}

TEST_CASE("A million entries are refused before they are kept") {
  const std::string million = repeated("{},", 1'000'000);
  CHECK(refusal_of("\"schedule\": [" + million + "{}]") == "it has more than 262144 bytes");
  CHECK(refusal_of("\"schedule\": [" + repeated("{},", 64) + "{}]") == "schedule has more than 64 elements");
  CHECK(refusal_of("\"beacons\": {\"upload\": [" + repeated("{},", 50) + "{}]}") ==
        "beacons.upload has more than 50 elements");

  std::string settings;
  for (int number = 0; number < 65; ++number) settings += (number ? ", \"N" : "\"N") + std::to_string(number) + "\": 1";
  CHECK(refusal_of("\"preferences\": {" + settings + "}") == "preferences has more than 64 members");
}

TEST_CASE("A member that is there twice is refused: parsers differ in which one they take") {
  CHECK(refusal_of(R"("device": "laptop-17", "device": "other")") == "the member 'device' is there twice");
  CHECK(refusal_of(R"("preferences": {"LogLevel": "info", "LogLevel": "debug"})") ==
        "the member 'LogLevel' is there twice");
}

TEST_CASE("An unknown member is refused at every level") {
  CHECK(refusal_of(R"("chekcs": false)") == "chekcs is unknown");
  CHECK(refusal_of(R"("beacons": {"uploads": []})") == "beacons.uploads is unknown");
  CHECK(refusal_of(R"("beacons": {"upload": [{"id": "a", "host": "b1.corp.example", "User": "root"}]})") ==
        "beacons.upload[0].User is unknown");
  CHECK(refusal_of(R"("beacons": {"upload": [{"id": "a", "host": "b1.corp.example", "Proxy": "http://e"}]})") ==
        "beacons.upload[0].Proxy is unknown");
  CHECK(refusal_of(
            R"("schedule": [{"id": "a", "action": "status", "command": "sh", "triggers": [{"kind": "daily"}]}])") ==
        "schedule[0].command is unknown");
  CHECK(
      refusal_of(R"("schedule": [{"id": "a", "action": "status", "triggers": [{"kind": "daily", "PARAM": "-o"}]}])") ==
      "schedule[0].triggers[0].PARAM is unknown");
  CHECK(refusal_of(R"("agent": {"version": "1", "url": "file:///tmp/a"})") == "agent.url is unknown");
}

TEST_CASE("A wrong type is refused") {
  CHECK(refusal(R"({"muster_policy": "1"})") == "muster_policy must be 1");
  CHECK(refusal(R"({"muster_policy": 2})") == "muster_policy must be 1");
  CHECK(refusal("{}") == "muster_policy is missing");
  CHECK(refusal_of(R"("number": 0)") == "number must be a whole number from 1 to 9007199254740991");
  CHECK(refusal_of(R"("number": -1)") == "number must be a whole number from 1 to 9007199254740991");
  CHECK(refusal_of(R"("number": 1.5)") == "number must be a whole number from 1 to 9007199254740991");
  CHECK(refusal_of(R"("number": 18446744073709551616)") == "number must be a whole number from 1 to 9007199254740991");
  CHECK(refusal_of(R"("device": ["laptop-17"])") == "device must be a string");
  CHECK(refusal_of(R"("beacons": [])") == "beacons must be an object");
  CHECK(refusal_of(R"("beacons": null)") == "beacons must be an object");
  CHECK(refusal_of(R"("beacons": {"upload": {}})") == "beacons.upload must be an array");
  CHECK(refusal_of(R"("beacons": {"upload": ["https://b1.corp.example"]})") == "beacons.upload[0] must be an object");
  CHECK(refusal_of(R"("preferences": {"LogLevel": null})") ==
        "preferences.LogLevel must be a string, a whole number, true or false");
  CHECK(refusal_of(R"("preferences": {"NetworkMaxRate": -1})") ==
        "preferences.NetworkMaxRate must be a string, a whole number, true or false");
  CHECK(refusal_of(R"("schedule": {})") == "schedule must be an array");
  CHECK(refusal_of(R"("schedule": [{"id": "a", "action": "status", "triggers": [], "catch_up": 1}])") ==
        "schedule[0].catch_up must be true or false");
  CHECK(refusal_of(R"("agent": "1.2.0")") == "agent must be an object");
}

TEST_CASE("Texts are short, of one line, and refer to nothing") {
  CHECK(refusal_of("\"device\": \"" + std::string(257, 'a') + "\"") == "device has more than 256 bytes");
  CHECK(refusal_of(R"("device": "a\nb")") == "device contains a control character");
  CHECK(refusal_of(R"("device": "a\u0000b")") == "device contains a control character");
  CHECK(refusal_of("\"preferences\": {\"LogLevel\": \"$(MachineId)\"}") ==
        "preferences.LogLevel refers to a variable with $(...), which a policy may not");
}

TEST_CASE("Times, dates and weekdays are checked") {
  const auto trigger = [](const std::string& members) {
    return refusal_of(R"("schedule": [{"id": "a", "action": "status", "triggers": [{"kind": "daily", )" + members +
                      "}]}]");
  };
  const std::string start = "schedule[0].triggers[0].";
  for (const char* const time : {"24:00", "3:30", "03:60", "03:30:60", "03", "03:30:00:00", "-1:00", "noon"}) {
    CHECK(trigger("\"at\": \"" + std::string(time) + "\"") == start + "at must be a time such as 03:30");
  }
  for (const char* const date :
       {"2026-02-30", "2026-13-01", "1969-12-31", "2101-01-01", "24.12.2026", "20261224", "99999999999-01-01"}) {
    CHECK(trigger("\"first_day\": \"" + std::string(date) + "\"") ==
          start + "first_day must be a date such as 2026-12-24");
  }
  CHECK(trigger(R"("weekdays": [])") == start + "weekdays has no day");
  CHECK(trigger(R"("weekdays": ["Monday"])") == start + "weekdays must be of mon, tue, wed, thu, fri, sat, sun");
  CHECK(trigger(R"("every": 0)") == start + "every must be a whole number from 1 to 366");
  CHECK(trigger(R"("repeat_s": 3600)") == start + "repeat_s and duration_s belong together");
  CHECK(trigger(R"("at": "23:59:59", "first_day": "2028-02-29", "weekdays": ["sat"])").empty());
}

TEST_CASE("A whole document is read, and reads back as it was written") {
  const auto document = read_document(whole);
  REQUIRE(document);
  CHECK(document->number == 17);
  CHECK(document->device == "laptop-17");
  REQUIRE(document->beacons.upload.size() == 2);
  CHECK(document->beacons.upload[0] ==
        PolicyLocation{"lyon", "", true, "lyon.corp.example", 443, "ManageSoftRL", std::nullopt});
  CHECK(document->beacons.upload[1] == PolicyLocation{"nice", "Nice", true, "nice.corp.example", 8443, "RL", 2});
  CHECK(document->beacons.download[0].directory == "ManageSoftDL");
  CHECK(document->preferences == std::vector<PolicyPreference>{{"NetworkMaxRate", "1000000"},
                                                               {"SendTCPKeepAlive", "True"},
                                                               {"SelectorAlgorithm", "Fastest"}});
  CHECK(document->agent_version == "1.2.0");

  REQUIRE(document->schedule);
  const schedule::Event& event = document->schedule->at(0);
  CHECK(event.name == "nightly");
  CHECK_FALSE(event.catch_up);
  CHECK(event.triggers.at(0).weekdays == 0b1000001);
  CHECK(event.triggers.at(0).time_of_day == seconds(9000));
  CHECK(event.triggers.at(0).repeat == seconds(900));
  CHECK(event.triggers.at(1).kind == schedule::Trigger::Kind::network_up);
  CHECK(event.triggers.at(1).min_gap == seconds(3600));
  CHECK(event.triggers.at(2).min_gap == seconds(1200));

  const std::string written = write_document(*document);
  const auto again = read_document(written);
  REQUIRE(again);
  CHECK(write_document(*again) == written);
  CHECK(again->beacons == document->beacons);
  CHECK(again->preferences == document->preferences);
  CHECK(again->schedule->at(0).triggers.at(0).first_day == event.triggers.at(0).first_day);
  CHECK(again->schedule->at(0).triggers.at(1).min_gap == seconds(3600));
}

TEST_CASE("Every prefix and every damaged byte of a document is refused or read, and never more than that") {
  const std::string good = whole;
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(read_document(good.substr(0, size)));

  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char byte : {'\0', '"', '{', ']', '9', '\x80'}) {
      std::string damaged = good;
      damaged[at] = byte;
      const auto document = read_document(damaged);
      if (document) static_cast<void>(judge(*document, device_of_corp_example(), is_public_suffix));
      if (!document) CHECK_FALSE(document.error().message.empty());
    }
  }
}
