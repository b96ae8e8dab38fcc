#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>

#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::config;

namespace {

bool any_has(const std::vector<std::string>& lines, std::string_view part) {
  for (const std::string& line : lines) {
    if (has(line, part)) return true;
  }
  return false;
}

const ListedValue* find(const std::vector<ListedValue>& rows, std::string_view section, std::string_view name) {
  for (const ListedValue& row : rows) {
    if (row.section == section && row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("What is probably not meant is warned of, with its line and the nearest name") {
  const ScratchFolder folder(
      "[ManageSoft\\Common]\nCheckServerCertficate=False\nMachineId=a\nMachineId=b\nHost=x\n"
      "[ManageSoft\\Comon]\nMachineId=c\n"
      "[ManageSoft\\Common\\UplodSettings\\paris]\nHost=p\n"
      "[ManageSoft\\Uploader\\CurrentVersion]\nSSLClientCertificateIssuer=o\n"
      "[ManageSoft\\NetSelector\\CurrentVersion]\nSelectorAlgorithm=MgsPing;MgsDHCP\n");
  const auto warnings = folder.load()->warnings();
  CHECK(any_has(warnings, folder.at(2) + ": unknown preference 'CheckServerCertficate'. Did you mean "
                                         "'CheckServerCertificate'?"));
  CHECK(any_has(warnings, folder.at(4) + ": MachineId is set twice in [ManageSoft\\Common] (also at " + folder.at(3)));
  CHECK(any_has(warnings, folder.at(5) + ": Host has no effect in [ManageSoft\\Common]; it belongs in a location"));
  CHECK(any_has(warnings, folder.at(6) + ": unknown section [ManageSoft\\Comon]; did you mean [ManageSoft\\Common]?"));
  CHECK(any_has(warnings, "did you mean [ManageSoft\\Common\\UploadSettings\\paris]?"));
  CHECK(any_has(warnings, folder.at(13) + ": MgsDHCP has an effect on Windows only"));
  CHECK(any_has(warnings, ": 1 preference is not used by Muster; see \"muster config check\""));
  CHECK(any_has(folder.load()->all_warnings(),
                folder.at(11) + ": SSLClientCertificateIssuer is accepted without effect"));
}

TEST_CASE("A preference where nothing reads it is warned of") {
  const ScratchFolder folder(
      "[ManageSoft\\Uploader\\CurrentVersion]\nLogLevel=debug\nComputerDomain=a.example\n"
      "[ManageSoft\\NetSelector\\CurrentVersion]\nComputerDomain=b.example\nLogLevel=debug\n");
  const auto warnings = folder.load()->warnings();
  CHECK(warnings.size() == 3);
  for (const int line : {2, 3, 6}) CHECK(any_has(warnings, folder.at(line) + ": "));
  CHECK(
      any_has(warnings,
              "LogLevel has no effect in [ManageSoft\\Uploader\\CurrentVersion]; it belongs in [ManageSoft\\Common]"));
}

TEST_CASE("What Muster does not act on is one line for all, and a line each in the check") {
  const ScratchFolder folder(
      "[ManageSoft\\Usage Agent\\CurrentVersion]\nDisabled=True\nFrequency=5\n"
      "[ManageSoft\\Tracker\\CurrentVersion]\nEmbedFileContentDirectory=/opt\n");
  const auto warnings = folder.load()->warnings();
  REQUIRE(warnings.size() == 1);
  CHECK(has(warnings.front(), ": 3 preferences are not used by Muster; see \"muster config check\""));

  const auto all = folder.load()->all_warnings();
  CHECK(any_has(all, folder.at(2) + ": Disabled in [ManageSoft\\Usage Agent\\CurrentVersion] is not used by Muster"));
  CHECK(any_has(all, folder.at(5) + ": unknown preference 'EmbedFileContentDirectory'"));
}

TEST_CASE("A section in another form is named with the one that is meant") {
  const std::pair<const char*, const char*> forms[] = {
      {"ManageSoft/Common", "ManageSoft\\Common"},
      {"HKEY_LOCAL_MACHINE\\SOFTWARE\\ManageSoft Corp\\ManageSoft\\Common", "ManageSoft\\Common"},
      {"HKLM\\SOFTWARE\\WOW6432Node\\ManageSoft Corp\\ManageSoft\\Common", "ManageSoft\\Common"},
      {"SOFTWARE/ManageSoft Corp/ManageSoft/Tracker/CurrentVersion", "ManageSoft\\Tracker\\CurrentVersion"},
      {"Common", "ManageSoft\\Common"},
      {"NetSelector\\CurrentVersion", "ManageSoft\\NetSelector\\CurrentVersion"},
      {"ManageSoft\\UploadSettings\\paris", "ManageSoft\\Common\\UploadSettings\\paris"},
      {"UploadSettings\\paris", "ManageSoft\\Common\\UploadSettings\\paris"},
      {"Common/DownloadSettings/x", "ManageSoft\\Common\\DownloadSettings\\x"},
      {"ManageSoft\\Common\\UploadSettings", "ManageSoft\\Common\\UploadSettings\\NAME"},
  };
  for (const auto& [written, meant] : forms) {
    CAPTURE(written);
    const ScratchFolder folder("[" + std::string(written) + "]\nAddClientCertificateAndKey=True\n");
    const auto warnings = folder.load()->warnings();
    REQUIRE_FALSE(warnings.empty());
    CHECK(has(warnings.front(), "is not read; write [" + std::string(meant) + "]"));
  }
}

TEST_CASE("The check names values that look wrong") {
  const ScratchFolder folder(
      "[ManageSoft\\Common]\nno_proxy=0.1,example.com\nSSLCRLPath=/etc/crls ; ours\n"
      "[ManageSoft\\Common\\UploadSettings\\a]\nProtocol=https\nHost=h\nPort=80\nDirectory=d\nName=Paris # one\n"
      "Password=hush\n[ManageSoft\\Common\\DownloadSettings\\b]\nProtocol=http\nHost=h\nPort=443\nDirectory=d\n");
  const auto all = folder.load()->all_warnings();
  CHECK(any_has(all, folder.at(2) + ": the entry '0.1' of no_proxy can never match"));
  CHECK(any_has(all, folder.at(3) + ": the comment behind SSLCRLPath is part of its value"));
  CHECK(any_has(all, folder.at(9) + ": the comment behind Name is part of its value"));
  CHECK(any_has(all, "location 'a' uses https on port 80"));
  CHECK(any_has(all, "location 'b' uses http on port 443"));
  CHECK(any_has(all, folder.at(10) + ": Password can be read by every user"));
}

TEST_CASE("The list has each section once, common first and locations last") {
  const ScratchFolder folder(
      "[ManageSoft\\Common\\UploadSettings\\a]\nHost=h\nPort=1\n[ManageSoft\\Common]\nNetworkTimeout=5\n"
      "[ManageSoft\\Common\\UploadSettings\\b]\nHost=h\n[ManageSoft\\Uploader\\CurrentVersion]\nNetworkTimeout=6\n");
  std::vector<std::string> sections;
  for (const ListedValue& row : folder.load()->list()) {
    if (sections.empty() || sections.back() != row.section) sections.push_back(row.section);
  }
  CHECK(sections.front() == "ManageSoft\\Common");
  CHECK(sections.back() == "ManageSoft\\Common\\UploadSettings\\b");
  std::sort(sections.begin(), sections.end());
  CHECK(std::adjacent_find(sections.begin(), sections.end()) == sections.end());
}

TEST_CASE("Other products and clean files are left in silence") {
  const ScratchFolder folder("[Other Product]\nCheckServerCertficate=1\nx=1\nx=2\n[ManageSoft\\Common]\nMachineId=a\n");
  CHECK(folder.load()->warnings().empty());
  CHECK(folder.load()->check().empty());
}

TEST_CASE("check() judges every value, whether it acts or not") {
  const ScratchFolder folder(
      "[ManageSoft\\Common]\nCheckServerCertificate=yes\nLogLevel=loud\nNetworkTimeout=0\nNetworkTimeout=5\n"
      "[ManageSoft\\Schedule Agent\\CurrentVersion]\nSSLCRLPath=crls\n"
      "[ManageSoft\\Common\\DownloadSettings\\a]\nProtocol=ftp\nHost=h\nPort=1\nDirectory=d\n"
      "[ManageSoft\\NetSelector\\CurrentVersion]\nSelectorAlgorithm=Fastets\n");
  const auto mistakes = folder.load({"NetworkTimeout=7"})->check();
  std::vector<std::string> origins;
  for (const Mistake& mistake : mistakes) {
    origins.push_back(mistake.origin);
    CHECK_FALSE(mistake.remedy.empty());
  }
  const std::vector<std::string> expected = {folder.at(2), folder.at(3),  folder.at(4),
                                             folder.at(7), folder.at(14), folder.at(9)};
  CHECK(origins == expected);
}

TEST_CASE("The list shows values, origins and help, and no secret") {
  const ScratchFolder folder(
      "[ManageSoft\\Common]\nNetworkTimeout=5\nPasword=hush1\nhttps_proxy=http://u:hush2@p:1\n"
      "[ManageSoft\\Uploader\\CurrentVersion]\nNetworkTimeout=6\n"
      "[ManageSoft\\Common\\UploadSettings\\a]\nUser=u\nPassword=hush3\n");
  const auto rows = folder.load({"SendTCPKeepAlive=False", "Password=hush4"})->list();
  const auto* const timeout = find(rows, "ManageSoft\\Common", "NetworkTimeout");
  REQUIRE(timeout != nullptr);
  CHECK(timeout->value == "5");
  CHECK(timeout->origin == folder.at(2));
  CHECK(find(rows, "ManageSoft\\Uploader\\CurrentVersion", "NetworkTimeout")->value == "6");
  CHECK(find(rows, "ManageSoft\\Common", "SendTCPKeepAlive")->origin == "-o");
  CHECK(find(rows, "ManageSoft\\Common", "CheckServerCertificate")->origin == "default");
  CHECK(find(rows, "ManageSoft\\NetSelector\\CurrentVersion", "SelectorAlgorithm")->value == "Fastest");
  CHECK(find(rows, "ManageSoft\\Common\\UploadSettings\\a", "Password")->value == "(set)");
  for (const ListedValue& row : rows) {
    CHECK_FALSE(has(row.value, "hush"));
    CHECK_FALSE(row.help.empty());
  }
}
