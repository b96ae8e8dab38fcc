#include "agent/policy/npl/package_walk.h"

#include <catch2/catch.hpp>
#include <map>

#include "agent/policy/npl/selection.h"
#include "tests/unit/policy/scene.h"

using namespace muster;
using namespace muster::policy;

namespace {

using Files = std::map<std::string, std::string>;

// What a walk through the files comes to, or why it is refused.
struct Walked {
  Packages packages;
  std::vector<std::string> paths;  // in the order in which they were wanted
  std::string refusal;
};

Walked walk(const Files& files) {
  Walked walked;
  PackageWalk walk("a.npl", {}, {});
  while (const auto wanted = walk.wanted()) {
    walked.paths.push_back(*wanted);
    REQUIRE(files.contains(*wanted));
    if (auto taken = walk.take(files.at(*wanted)); !taken) {
      walked.refusal = taken.error().message;
      return walked;
    }
  }
  walked.packages = std::move(walk).packages();
  return walked;
}

std::string policy_of(const std::string& hrefs) { return "<Policy><Policy>" + hrefs + "</Policy></Policy>"; }

std::string package_of(const std::string& files) {
  return "<SOFTPKG TYPE='Schedule'><IMPLEMENTATION>" + files + "</IMPLEMENTATION></SOFTPKG>";
}

constexpr char one_package[] = "<Package href='p.osd'/>";

std::string installing(const std::string& name, const std::string& href) {
  return "<Event NAME='" + name + "'><LogicalCommand COMPONENT='Launcher' ACTION='Install' PARAM='" + href +
         "'/><Trigger TYPE='Now'/></Event>";
}

}  // namespace

TEST_CASE("Each file is wanted once, also where packages name each other") {
  const Walked walked = walk({
      {"a.npl", policy_of(std::string(one_package) + one_package)},
      {"p.osd", package_of("<CODEBASE HREF='p.nds'/>")},
      {"p.nds", "<Schedule>" + installing("again", "p.osd") + installing("away", "/x/p.osd") + "</Schedule>"},
  });
  CHECK(walked.paths == std::vector<std::string>{"a.npl", "p.osd", "p.nds"});
  REQUIRE(walked.packages.events.size() == 1);
  CHECK(walked.packages.events[0].name == "again");
  CHECK(walked.packages.events[0].action == schedule::Action::policy);
  CHECK(walked.packages.not_used.at(0).what == "event 'away'");
}

TEST_CASE("The number of files and of settings in all is bounded") {
  std::string packages;
  for (int number = 0; number < 64; ++number) packages += "<Package href='" + std::to_string(number) + ".osd'/>";
  CHECK(walk({{"a.npl", policy_of(packages)}}).refusal == "it has more than 64 files");

  std::string settings = "Format: 5.1\n\n";
  for (int line = 0; line < 4'000; ++line) settings += "x: y\n";
  const Walked walked =
      walk({{"a.npl", policy_of(one_package)},
            {"p.osd", package_of("<CODEBASE HREF='1.ndc'/><CODEBASE HREF='2.ndc'/><CODEBASE HREF='3.ndc'/>")},
            {"1.ndc", settings},
            {"2.ndc", settings},
            {"3.ndc", settings}});
  CHECK(walked.refusal == "it has more than 10000 settings in all");
}

TEST_CASE("A value that the record could not hold is left out") {
  Packages packages;
  const std::string section = "ManageSoft\\Common\\UploadSettings\\a";
  packages.settings = {{section, "Host", "b2.corp.example"},
                       {section, "Directory", std::string(200, '\xff')},
                       {section, "Name", std::string(257, 'x')}};
  const Document document = permitted_document(packages, device_of_corp_example(), is_public_suffix);
  CHECK(packages.not_used.size() == 2);
  CHECK(document.beacons.upload.at(0).directory == "ManageSoftRL");
  CHECK(read_document(write_document(document)));
}

TEST_CASE("What is taken is permitted, and the last of two values counts") {
  Packages packages;
  packages.settings = {{"ManageSoft\\Common", "loglevel", "debug"},
                       {"ManageSoft\\Common", "LogLevel", "warning"},
                       {"ManageSoft\\\\Common\\UploadSettings\\a", "Host", "b2.corp.example"},
                       {"ManageSoft\\Common\\uploadsettings\\A", "Port", "8443"},
                       {"ManageSoft\\Common\\UploadSettings\\a", "AutoPriority", "false"},
                       {"ManageSoft\\Common\\UploadSettings\\a", "Priority", "0"}};
  const Document document = permitted_document(packages, device_of_corp_example(), is_public_suffix);
  CHECK(packages.not_used.empty());
  CHECK(document.preferences == std::vector<PolicyPreference>{{"LogLevel", "warning"}});
  CHECK(document.beacons.upload ==
        std::vector<PolicyLocation>{{"a", "", true, "b2.corp.example", 8443, "ManageSoftRL", 1U}});
  CHECK(document.beacons.download.empty());
  CHECK_FALSE(document.schedule);
}
