#include <catch2/catch.hpp>

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
  CHECK(any_has(warnings, folder.at(2) + ": unknown preference 'CheckServerCertficate'; did you mean "
                                         "'CheckServerCertificate'?"));
  CHECK(any_has(warnings, folder.at(4) + ": MachineId in [ManageSoft\\Common] repeats " + folder.at(3)));
  CHECK(any_has(warnings, folder.at(5) + ": Host does nothing in [ManageSoft\\Common]"));
  CHECK(any_has(warnings, folder.at(6) + ": unknown section [ManageSoft\\Comon]; did you mean [ManageSoft\\Common]?"));
  CHECK(any_has(warnings, "did you mean [ManageSoft\\Common\\UploadSettings\\paris]?"));
  CHECK(any_has(warnings, folder.at(13) + ": the algorithm MgsDHCP acts on Windows alone"));
  CHECK(any_has(warnings, "without effect in this version: SSLClientCertificateIssuer (" + folder.at(11) + ")"));
}

TEST_CASE("A preference where nothing reads it is warned of") {
  const ScratchFolder folder(
      "[ManageSoft\\Uploader\\CurrentVersion]\nLogLevel=debug\nComputerDomain=a.example\n"
      "[ManageSoft\\NetSelector\\CurrentVersion]\nComputerDomain=b.example\nLogLevel=debug\n");
  const auto warnings = folder.load()->warnings();
  CHECK(warnings.size() == 3);
  for (const int line : {2, 3, 6}) CHECK(any_has(warnings, folder.at(line) + ": "));
  CHECK(any_has(warnings, "LogLevel does nothing in [ManageSoft\\Uploader\\CurrentVersion]"));
}

TEST_CASE("Other products and clean files are left in silence") {
  const ScratchFolder folder(
      "[Other Product]\nCheckServerCertficate=1\nx=1\nx=2\n[ManageSoft\\Usage Agent\\CurrentVersion]\n"
      "Disabled=True\n[ManageSoft\\Common]\nMachineId=a\n");
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
