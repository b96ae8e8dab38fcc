#include "agent/policy/npl/href.h"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::policy;

namespace {

beacon::Locations locations() {
  beacon::Location tls;
  tls.host = "b1.corp.example";
  tls.directory = "ManageSoftDL";
  beacon::Location address = tls;
  address.host = "2001:db8::1";
  address.port = 8443;
  address.directory = "a/DL";
  return {tls, address};
}

// The path, or the reason in brackets.
std::string path(std::string_view href, std::string_view document = "Policies/Merged/x.npl") {
  const auto found = path_of_href(href, document, locations());
  return found ? *found : "(" + found.error().message + ")";
}

}  // namespace

TEST_CASE("An address is relative to its document, to a root, or below a download location") {
  CHECK(path("a.osd") == "Policies/Merged/a.osd");
  CHECK(path("a/b%20c.osd") == "Policies/Merged/a/b c.osd");
  CHECK(path("a.osd", "x.npl") == "a.osd");
  CHECK(path("$(downloadrooturl)/A/a.osd") == "A/a.osd");
  CHECK(path("$(ScheduleRootURL)/a.osd") == "Schedules/a.osd");
  CHECK(path("/managesoftdl/A/a.osd") == "A/a.osd");
  CHECK(path("HTTPS://B1.corp.example/ManageSoftDL/A/a.osd") == "A/a.osd");
  CHECK(path("https://b1.corp.example:443/ManageSoftDL/a.osd") == "a.osd");
  CHECK(path("https://[2001:db8::1]:8443/a/DL/a.osd") == "a.osd");
  CHECK(path("https://[2001:db8::1]:8443/%61/DL/a%20b.osd") == "a b.osd");
}

TEST_CASE("An address with another scheme, host, port or folder is refused") {
  for (const char* const href : {"http://b1.corp.example/ManageSoftDL/a", "https://b1.corp.example:444/ManageSoftDL/a",
                                 "https://b2.corp.example/ManageSoftDL/a", "https://b1.corp.example/Other/a",
                                 "https://b1.corp.example@evil.example/ManageSoftDL/a", "https://[2001:db8::1]/a/DL/a",
                                 "https://u@b1.corp.example/ManageSoftDL/a", "https://b1.corp.example/ManageSoftDLx/a",
                                 "//evil.example/ManageSoftDL/a", "/Other/a", "https://b1.corp.example"}) {
    INFO(href);
    CHECK(path(href).ends_with("is not below a download location of this device)"));
  }
}

TEST_CASE("An address that leaves its folder, or is none, is refused") {
  for (const char* const href :
       {"../a", "a/../b", "%2e%2e/a", "a/%2E./b", "a%2fb", "a%5c..%5cb", "a\\..\\b", "./a", "a//b", "a/", "a%00b",
        "a%zz", "a%2", "file:///etc/passwd", "c:/a", "$(DownloadRootURL)/../a", "/ManageSoftDL/../a",
        "https://b1.corp.example/ManageSoftDL/../a"}) {
    INFO(href);
    CHECK(path(href).starts_with("(its path may not have the part '"));
  }
  CHECK(path(" ") == "(it has no address)");
  CHECK(path("a?b") == "(its address has a query or a fragment)");
  CHECK(path("a#b") == "(its address has a query or a fragment)");
  CHECK(path(std::string(1'025, 'a')) == "(its address has more than 1024 bytes)");
}
