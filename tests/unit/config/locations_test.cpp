#include <catch2/catch.hpp>

#include "agent/config/settings.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::config;
using beacon::Direction;

namespace {

constexpr char head[] = "[ManageSoft\\Common\\UploadSettings\\paris]\n";

std::string with(std::string_view host, std::string_view directory = "ManageSoftRL", std::string_view more = "") {
  std::string ini = head;
  ini += "Protocol=https\nHost=";
  ini.append(host).append("\nPort=443\nDirectory=").append(directory).append("\n").append(more);
  return ini;
}

Result<beacon::Locations> uploads(const std::string& ini, std::vector<std::string> overrides = {}) {
  const auto preferences = ScratchFolder(ini).load(std::move(overrides));
  REQUIRE(preferences);
  return locations(*preferences, Direction::upload);
}

beacon::Location one(const std::string& ini, std::vector<std::string> overrides = {}) {
  auto found = uploads(ini, std::move(overrides));
  INFO((found ? std::string() : found.error().line()));
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  return found->front();
}

}  // namespace

TEST_CASE("Without any location the section to add is named") {
  const auto found =
      uploads("[ManageSoft\\Common\\DownloadSettings\\x]\nProtocol=https\nHost=h\nPort=1\nDirectory=d\n");
  REQUIRE_FALSE(found);
  CHECK(found.error().kind == ErrorKind::preference);
  CHECK(has(found.error().remedy, "[ManageSoft\\Common\\UploadSettings\\NAME]"));
}

TEST_CASE("Every missing value of every location is named, with the line of its section") {
  const ScratchFolder folder(
      "[ManageSoft\\Common\\UploadSettings\\a]\nProtocol=https\nHost=\nPort=443\nDirectory=d\n"
      "[ManageSoft\\Common\\UploadSettings\\b]\n");
  const auto found = locations(*folder.load(), Direction::upload);
  REQUIRE_FALSE(found);
  CHECK(found.error().kind == ErrorKind::preference);
  CHECK(has(found.error().message, folder.at(1) + ": location [ManageSoft\\Common\\UploadSettings\\a] has no Host"));
  for (const char* const name : {"Protocol", "Host", "Port", "Directory"}) {
    CHECK(
        has(found.error().message, folder.at(6) + ": location [ManageSoft\\Common\\UploadSettings\\b] has no " + name));
  }
  const auto single = uploads(std::string(head) + "Protocol=https\nPort=1\nDirectory=d\n");
  CHECK(single.error().remedy == "add Host=beacon.example.com");
}

TEST_CASE("Hosts that are not hosts are refused") {
  for (const char* const host : {"a/b", "u@h", "a b", "https://h", "h:8443", "[h]", "[::1", "::1]", "a?b", "a%20b",
                                 "-x", ".x", "a..b", "m\xC3\xBCnchen", "[fe80::1%eth0]", "h\\x"}) {
    INFO(host);
    const auto found = uploads(with(host));
    REQUIRE_FALSE(found);
    CHECK(has(found.error().message, "config.ini:3: Host must "));
    CHECK(has(found.error().remedy, "correct Host in [ManageSoft\\Common\\UploadSettings\\paris]"));
  }
  CHECK_FALSE(uploads(with(std::string(254, 'a'))));
}

TEST_CASE("A link-local address with a zone is no host, and its zone is no port") {
  for (const char* const host : {"fe80::1%eth0", "[fe80::1%eth0]", "fe80::1%25eth0", "fe80::1%2"}) {
    INFO(host);
    const auto found = uploads(with(host));
    REQUIRE_FALSE(found);
    CHECK(has(found.error().message, std::string("Host must not have a zone ('") + host + "')"));
  }
}

TEST_CASE("Protocol, Port and Directory are judged") {
  const auto found = uploads(std::string(head) +
                             "Protocol=ftp\nHost=h\nPort=65536\nDirectory=/a/../b\nPriority=low\n"
                             "AutoPriority=perhaps\nUser=a:b\nProxy=socks://p\n");
  REQUIRE_FALSE(found);
  for (const char* const part :
       {":2: Protocol must be one of https, http, not 'ftp'", ":4: Port must be a number from 1 to 65535, not '65536'",
        ":5: Directory must not contain the part '..' ('/a/../b')", ":6: Priority must be ",
        ":7: AutoPriority must be True or False, not 'perhaps'", ":8: User must not contain ':'",
        ":9: Proxy is not the URL"}) {
    CHECK(has(found.error().message, part));
  }
  CHECK_FALSE(uploads(with("h", "..")));
  CHECK_FALSE(uploads(with("h", "\"ManageSoftRL\"")));
  CHECK_FALSE(uploads(with("h", "https://h/ManageSoftRL")));
  CHECK_FALSE(uploads(with("h", "a\\b")));
  CHECK_FALSE(uploads(with("h", "a?b")));
  CHECK_FALSE(uploads(with("h", "$(Nobody)")));
}

TEST_CASE("Two beacons under one id are refused, a repeated section with more keys is not") {
  const auto twice = uploads(with("a") + with("b"));
  REQUIRE_FALSE(twice);
  CHECK(has(twice.error().message, "is there twice, with another Host"));
  CHECK(one(with("a") + head + "Name=Paris\n").name == "Paris");
}

TEST_CASE("A location is read with all it has") {
  const auto location = one(with("Beacon.Example", "//ManageSoftRL/sub//x/",
                                 "Name=Paris office\nUser=u\nPassword=p w\nProxy=http://proxy:3128\n"
                                 "AutoPriority=False\nPriority=7\n"));
  CHECK(location.id == "paris");
  CHECK(location.name == "Paris office");
  CHECK(location.tls);
  CHECK(location.host == "Beacon.Example");
  CHECK(location.port == 443);
  CHECK(location.directory == "ManageSoftRL/sub/x");
  CHECK(location.user == "u");
  REQUIRE(location.password);
  CHECK(location.password->reveal() == "p w");
  CHECK(location.proxy == "http://proxy:3128");
  CHECK_FALSE(location.auto_priority);
  CHECK(location.priority == 7U);
  CHECK_FALSE(location.never);
  CHECK(has(location.origin, "config.ini:1"));
}

TEST_CASE("Defaults of a location: algorithms may place it, nobody logs in") {
  const auto location = one(with("h"));
  CHECK(location.auto_priority);
  CHECK_FALSE(location.priority);
  CHECK_FALSE(location.password);
  CHECK(location.proxy.empty());
  CHECK(one(with("h", "/")).directory.empty());
  CHECK(one(with("h", "d", "Priority=Invalid\n")).never);
}

TEST_CASE("IPv6 addresses lose their brackets, http is not TLS") {
  CHECK(one(with("[::1]")).host == "::1");
  CHECK(one(with("2001:db8::1")).host == "2001:db8::1");
  CHECK(one(with("192.0.2.1")).host == "192.0.2.1");
  CHECK_FALSE(one(std::string(head) + "Protocol=HTTP\nHost=h\nPort=80\nDirectory=d\n").tls);
}

TEST_CASE("GUID locations keep the order of the file, and doubled backslashes do not matter") {
  const std::string rest = "Protocol=https\nHost=h\nPort=443\nDirectory=d\n";
  const auto found =
      uploads("[ManageSoft\\\\Common\\\\UploadSettings\\\\{6B29FC40-CA47-2067-B31D-00DD010662DA}]\n" + rest +
              "[ManageSoft\\Common\\UploadSettings\\{6B29FC40-CA47-1067-B31D-00DD010662DA}]\n" + rest);
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK(found->at(0).id == "{6B29FC40-CA47-2067-B31D-00DD010662DA}");
  CHECK(found->at(1).id == "{6B29FC40-CA47-1067-B31D-00DD010662DA}");
}

TEST_CASE("An -o changes all locations, or one, or adds one") {
  CHECK(one(with("h"), {"Port=8443"}).port == 8443);
  CHECK(one(with("h"), {"ManageSoft\\Common\\UploadSettings\\PARIS\\Port=8444", "Port=8443"}).port == 8444);
  const std::string rome = "ManageSoft\\Common\\UploadSettings\\rome\\";
  const auto added = one("", {rome + "Protocol=https", rome + "Host=r", rome + "Port=1", rome + "Directory=d"});
  CHECK(added.id == "rome");
  CHECK(added.origin == "-o");
}

TEST_CASE("A location's own proxy comes before the common one, and NONE means none") {
  const std::string common = "[ManageSoft\\Common]\nhttps_proxy=http://common:1\nno_proxy=x.org, .example.com\n";
  CHECK(one(common + with("h")).proxy == "http://common:1");
  CHECK(one(common + with("a.example.com")).proxy.empty());
  CHECK_THAT(one(common + with("h")).proxy_setting,
             Catch::Matchers::Contains("https_proxy (") && Catch::Matchers::EndsWith(":2)"));
  CHECK(one(common + with("h", "d", "Proxy=http://own:2\n")).proxy == "http://own:2");
  CHECK(one(common + with("h", "d", "Proxy=http://own:2\n")).proxy_setting.empty());
  CHECK(one(common + with("h", "d", "Proxy=none\n")).proxy.empty());
  CHECK_FALSE(uploads("[ManageSoft\\Common]\nhttps_proxy=gopher://x\n" + with("h")));
}
