#include "agent/policy/judgement.h"

#include <catch2/catch.hpp>

#include "agent/config/table/preference_table.h"
#include "tests/unit/policy/scene.h"

using namespace muster;
using namespace muster::policy;

namespace {

std::string refusal_of_setting(const std::string& name, const std::string& value) {
  return refusal_of("\"preferences\": {\"" + name + "\": \"" + value + "\"}");
}

std::string refusal_of_location(const std::string& members) {
  return refusal_of("\"beacons\": {\"upload\": [{" + members + "}]}");
}

bool has(std::string_view whole, std::string_view part) { return whole.find(part) != std::string_view::npos; }

}  // namespace

TEST_CASE("Of all preferences a policy may set these twelve and no other one") {
  std::vector<std::string> permitted;
  for (const config::Preference& preference : config::preference_table()) {
    bool taken = false;
    for (const char* const value : {"True", "100000", "60", "3", "Fastest", "IPv4", "info", "/etc/x", "x"}) {
      taken = taken || refusal_of_setting(std::string(preference.name), value).empty();
    }
    if (taken) permitted.emplace_back(preference.name);
  }
  CHECK(permitted == std::vector<std::string>{"PreferIPVersion", "NetworkTimeout", "SendTCPKeepAlive", "NetworkRetries",
                                              "NetworkRetryPeriodIncrement", "MaximumNetworkRetryPeriod",
                                              "NetworkMaxRate", "MaxConcurrentTransfers", "SelectorAlgorithm",
                                              "HighestPriority", "LowestPriority", "LogLevel"});
}

TEST_CASE("What a policy never sets is refused with its own reason") {
  const std::string identity = ": a policy never changes the identity of the device";
  const std::string check = ": a policy never changes a check";
  const std::string trust = ": a policy never changes what the device trusts";
  CHECK(refusal_of_setting("AddClientCertificateAndKey", "False") ==
        "preferences.AddClientCertificateAndKey" + identity);
  CHECK(refusal_of_setting("SSLClientPrivateKeyFile", "/tmp/k") == "preferences.SSLClientPrivateKeyFile" + identity);
  CHECK(refusal_of_setting("MachineId", "other") == "preferences.MachineId" + identity);
  CHECK(refusal_of_setting("CheckServerCertificate", "False") == "preferences.CheckServerCertificate" + check);
  CHECK(refusal_of_setting("checkservercertificate", "False") == "preferences.checkservercertificate" + check);
  CHECK(refusal_of_setting("CheckCertificateRevocation", "False") == "preferences.CheckCertificateRevocation" + check);
  CHECK(refusal_of_setting("UploadVerify", "None") == "preferences.UploadVerify" + check);
  CHECK(refusal_of_setting("SSLCACertificateFile", "/tmp/ca") == "preferences.SSLCACertificateFile" + trust);
  CHECK(refusal_of_setting("AllowedBeaconDomains", "com") == "preferences.AllowedBeaconDomains" + trust);
  CHECK(refusal_of_setting("https_proxy", "http://p:1") == "preferences.https_proxy: a policy never sets a proxy");
  CHECK(refusal_of_setting("Proxy", "http://p:1") == "preferences.Proxy: a policy never sets a proxy");
  CHECK(refusal_of_setting("User", "u") == "preferences.User: a policy never sets a user or a password");
  CHECK(refusal_of_setting("Password", "p") == "preferences.Password: a policy never sets a user or a password");
  CHECK(refusal_of_setting("CertificateRenewCommand", "/bin/sh") ==
        "preferences.CertificateRenewCommand: a policy never runs a program");
  CHECK(refusal_of_setting("DataDirectory", "/tmp") == "preferences.DataDirectory: a policy never sets a path");
  CHECK(refusal_of_setting("MetricsFile", "file:///etc/passwd") ==
        "preferences.MetricsFile: a policy never sets a path");
  CHECK(refusal_of_setting("Host", "e") == "preferences.Host: a location belongs in beacons");
  CHECK(refusal_of_setting("SpoolQuota", "1") ==
        "preferences.SpoolQuota: a policy never has files of the spool removed");
  CHECK(refusal_of_setting("InstallCommand", "sh") == "preferences.InstallCommand: there is no such preference");
}

TEST_CASE("Rates below 64 KiB/s are refused") {
  CHECK(refusal_of_setting("NetworkMaxRate", "65535") ==
        "preferences.NetworkMaxRate: a policy may set it from 65536 to 1000000000000, or to 0 for no limit, not to "
        "'65535'");
  CHECK(refusal_of_setting("NetworkMaxRate", "1").find("65536") != std::string::npos);
  CHECK(refusal_of_setting("NetworkMaxRate", "65536").empty());
  CHECK(refusal_of_setting("NetworkMaxRate", "0").empty());
  CHECK(refusal_of_setting("NetworkLowUsage", "0") ==
        "preferences.NetworkLowUsage: a share of a slow line can be below 64 KiB/s");
}

TEST_CASE("Permitted preferences keep to values with which a device still works") {
  CHECK(has(refusal_of_setting("NetworkTimeout", "1"), "from 5 to 300"));
  CHECK(has(refusal_of_setting("NetworkTimeout", "soon"), "a number from 1 to 3600"));
  CHECK(has(refusal_of_setting("LogLevel", "off"), "one of debug, info, warning"));
  CHECK(has(refusal_of_setting("SelectorAlgorithm", "Nearest"), "SelectorAlgorithm"));
  CHECK(refusal_of_setting("SelectorAlgorithm", "MgsSubnetMatch(,True)") ==
        "preferences.SelectorAlgorithm: an algorithm with discardForeign could exclude every beacon");
  CHECK(refusal_of_setting("LogLevel", "") == "preferences.LogLevel: it has no value");
}

TEST_CASE("A location is a host, a port and a directory, and nothing else") {
  const std::string good = R"("id": "a", "host": "b2.corp.example")";
  CHECK(refusal_of_location(good).empty());
  CHECK(has(refusal_of_location(R"("id": "a", "host": "file:///etc/passwd")"), "host must be a host name, not a URL"));
  CHECK(has(refusal_of_location(R"("id": "a", "host": "b2.corp.example:1")"), "host must not contain a port"));
  CHECK(has(refusal_of_location(R"("id": "a", "host": "")"), "host must be a host name"));
  CHECK(has(refusal_of_location(good + R"(, "directory": "../../etc")"), "directory must not contain the part '..'"));
  CHECK(has(refusal_of_location(good + R"(, "directory": "a?b")"), "directory must not contain"));
  CHECK(has(refusal_of_location(good + R"(, "directory": "")"), "directory is empty"));
  CHECK(has(refusal_of_location(good + R"(, "port": 0)"), "port must be a whole number from 1 to 65535"));
  CHECK(has(refusal_of_location(good + R"(, "protocol": "file")"), "protocol must be https or http"));
  CHECK(has(refusal_of_location(good + R"(, "priority": "invalid")"), "priority must be a whole number"));
  for (const char* const id : {"", " a", "a\\\\b", "a]b", "a/b", "$x"}) {
    CHECK(has(refusal_of_location("\"id\": \"" + std::string(id) + R"(", "host": "b2.corp.example")"), "id must have"));
  }
}

TEST_CASE("A location twice in a list is refused, whatever its case") {
  CHECK(refusal_of(R"("beacons": {"upload": [{"id": "a", "host": "b2.corp.example"},
                                             {"id": "A", "host": "b3.corp.example"}]})") ==
        "beacons.upload[1].id 'A' is there twice");
}

TEST_CASE("Hosts outside the allowed domains are refused") {
  CHECK(refusal_of_location(R"("id": "a", "host": "evil.example")") ==
        "beacons.upload[0].host 'evil.example' is not below an allowed domain (allowed: corp.example, b1.corp.example; "
        "see AllowedBeaconDomains)");
  CHECK(has(refusal_of_location(R"("id": "a", "host": "192.0.2.1")"), "is not below an allowed domain"));
}

TEST_CASE("http is refused unless every location set by hand is http") {
  const std::string document = document_with(
      R"("beacons": {"download": [{"id": "a", "host": "b2.corp.example", "protocol": "http", "port": 80}]})");
  ByHand by_hand = device_of_corp_example();
  const std::string reason =
      "beacons.download[0].protocol is http, which a policy may only set where every location set by hand is";
  CHECK(refusal(document, by_hand) == reason);
  by_hand.locations[0].tls = false;
  CHECK(refusal(document, by_hand) == reason);
  by_hand.locations[1].tls = false;
  CHECK(refusal(document, by_hand).empty());

  by_hand.locations.clear();
  by_hand.allowed_domains = {"corp.example"};
  CHECK(refusal(document_with(
                    R"("beacons": {"upload": [{"id": "a", "host": "b2.corp.example"}],
                                   "download": [{"id": "a", "host": "b2.corp.example", "protocol": "http"}]})"),
                by_hand) == reason);
}

TEST_CASE("Each direction keeps a usable location") {
  CHECK(refusal_of(R"("beacons": {"upload": []})") ==
        "beacons.upload has no location: each direction needs one at least");

  ByHand by_hand = device_of_corp_example();
  by_hand.locations[1].never = true;
  const std::string upload = R"("upload": [{"id": "a", "host": "b2.corp.example"}])";
  CHECK(refusal(document_with("\"beacons\": {" + upload + "}"), by_hand) ==
        "it leaves the device without a usable download location");
  CHECK(refusal(document_with("\"beacons\": {" + upload + R"(, "download": [{"id": "a", "host": "b2.corp.example"}]})"),
                by_hand)
            .empty());

  // It would be left out, as that id was set by hand.
  const std::string of_hand = R"(, "download": [{"id": "HAND", "host": "b2.corp.example"}]})";
  CHECK(refusal(document_with("\"beacons\": {" + upload + of_hand), by_hand) ==
        "it leaves the device without a usable download location");
}

TEST_CASE("A policy for another device is refused") {
  CHECK(refusal_of(R"("device": "laptop-18")") == "it is for the device 'laptop-18', and this is 'laptop-17'");
  CHECK(refusal_of(R"("device": "LAPTOP-17")").empty());
  CHECK(refusal_of("").empty());
}

TEST_CASE("The wanted version of the agent is a version") {
  CHECK(refusal_of(R"("agent": {"version": "1.2.0"})").empty());
  CHECK(refusal_of(R"("agent": {"version": "file:///tmp/muster.deb"})") ==
        "agent.version must be a version such as 1.2.0, not 'file:///tmp/muster.deb'");
  CHECK(refusal_of(R"("agent": {})") == "agent.version is missing");
}
