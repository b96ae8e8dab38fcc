#include "agent/config/preferences.h"

#include <catch2/catch.hpp>

#include "agent/config/section_name.h"
#include "platform/host.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::config;

namespace {

Preferences loaded(const ScratchFolder& folder, std::vector<std::string> overrides = {}) {
  auto preferences = folder.load(std::move(overrides));
  INFO((preferences ? std::string() : preferences.error().line()));
  REQUIRE(preferences);
  return *preferences;
}

Error refused(const ScratchFolder& folder, std::vector<std::string> overrides) {
  auto preferences = folder.load(std::move(overrides));
  REQUIRE_FALSE(preferences);
  return preferences.error();
}

std::string text(const Preferences& preferences, Component component, std::string_view name) {
  const auto value = preferences.get(component, name);
  return value ? value->text : "(none)";
}

constexpr char layered[] =
    "[ManageSoft\\Common]\nNetworkTimeout=1\n[ManageSoft\\Tracker\\CurrentVersion]\nNetworkTimeout=2\n"
    "[ManageSoft\\Uploader\\CurrentVersion]\nNetworkTimeout=3\n[ManageSoft\\Launcher\\CurrentVersion]\n"
    "NetworkTimeout=4\n[ManageSoft\\Policy Client\\CurrentVersion]\nNetworkTimeout=5\n"
    "[ManageSoft\\Schedule Agent\\CurrentVersion]\nNetworkTimeout=6\n[ManageSoft\\NetSelector\\CurrentVersion]\n"
    "NetworkTimeout=7\n";

}  // namespace

TEST_CASE("An override of an unknown name is wrong usage, with the nearest name") {
  const ScratchFolder folder("");
  const auto error = refused(folder, {"NetworkTimeOt=3"});
  CHECK(error.kind == ErrorKind::usage);
  CHECK(has(error.message, "'NetworkTimeOt'. Did you mean 'NetworkTimeout'?"));
  CHECK(refused(folder, {"NetworkTimeout"}).kind == ErrorKind::usage);
  CHECK(refused(folder, {"=3"}).kind == ErrorKind::usage);
  CHECK(refused(folder, {""}).kind == ErrorKind::usage);
  const auto section = refused(folder, {"ManageSoft\\Comon\\NetworkTimeout=3"});
  CHECK(section.kind == ErrorKind::usage);
  CHECK(section.remedy == "use ManageSoft\\Common");
}

TEST_CASE("An override with a wrong value is a wrong preference of origin -o") {
  const ScratchFolder folder("");
  const auto error = refused(folder, {"NetworkTimeout=soon", "ManageSoft\\Common\\CheckServerCertificate=maybe"});
  CHECK(error.kind == ErrorKind::preference);
  CHECK(has(error.message, "-o: NetworkTimeout must be a number from 1 to 3600, not 'soon'"));
  CHECK(has(error.message, "-o: CheckServerCertificate must be True or False, not 'maybe'"));
  CHECK(refused(folder, {"MachineId=$(Nobody)"}).kind == ErrorKind::preference);
  CHECK(refused(folder, {"MachineId=a\nb"}).kind == ErrorKind::preference);
  CHECK(refused(folder, {"MachineId=a\tb\nc"}).kind == ErrorKind::preference);
}

TEST_CASE("A named file must be there, a default one need not") {
  const ScratchFolder folder;
  const auto named = Preferences::load({folder.ini(), true, {}});
  REQUIRE_FALSE(named);
  CHECK(named.error().kind == ErrorKind::local_file);
  CHECK(has(named.error().message, folder.ini().string()));
  CHECK(Preferences::load({folder.ini(), false, {}}));
  folder.write("file", "");
  CHECK_FALSE(Preferences::load({folder.path() / "file" / "config.ini", false, {}}));
  CHECK_FALSE(Preferences::load({folder.path(), false, {}}));
}

TEST_CASE("A broken file is refused with file and line") {
  const ScratchFolder folder("[ManageSoft\\Common]\nnonsense\n");
  const auto error = refused(folder, {});
  CHECK(error.kind == ErrorKind::preference);
  CHECK(has(error.message, folder.at(2)));
}

TEST_CASE("Each step looks into its own sections first, then Common") {
  const auto preferences = loaded(ScratchFolder(layered));
  CHECK(text(preferences, Component::common, "NetworkTimeout") == "1");
  CHECK(text(preferences, Component::collect, "NetworkTimeout") == "2");
  CHECK(text(preferences, Component::upload, "networktimeout") == "3");
  CHECK(text(preferences, Component::download, "NetworkTimeout") == "4");
  CHECK(text(preferences, Component::policy, "NetworkTimeout") == "5");
  CHECK(text(preferences, Component::schedule, "NetworkTimeout") == "6");
  CHECK(text(preferences, Component::select, "NetworkTimeout") == "7");
}

TEST_CASE("An upload falls back to Tracker, a policy to Launcher, both to Common and the default") {
  const ScratchFolder folder(
      "[managesoft\\tracker\\currentversion]\nNetworkTimeout=2\n"
      "[ManageSoft\\Launcher\\CurrentVersion]\nSendTCPKeepAlive=False\n"
      "[ManageSoft\\Common]\nPreferIPVersion=IPv4\n");
  const auto preferences = loaded(folder);
  CHECK(text(preferences, Component::upload, "NetworkTimeout") == "2");
  CHECK(text(preferences, Component::policy, "SendTCPKeepAlive") == "False");
  CHECK(text(preferences, Component::upload, "PreferIPVersion") == "IPv4");
  const auto fallback = preferences.get(Component::policy, "NetworkTimeout");
  CHECK(fallback->text == "30");
  CHECK(fallback->origin == "default");
  CHECK(fallback->is_default);
}

TEST_CASE("An -o Name beats every section, -o Section\\Name stands for that section") {
  const ScratchFolder folder(layered);
  const auto everywhere = loaded(folder, {"NETWORKTIMEOUT=8", "NetworkTimeout=9"});
  for (const auto component : {Component::common, Component::upload, Component::policy}) {
    CHECK(text(everywhere, component, "NetworkTimeout") == "9");
  }
  CHECK(everywhere.get(Component::upload, "NetworkTimeout")->origin == "-o");
  const auto common = loaded(folder, {"ManageSoft\\\\Common\\NetworkTimeout=9"});
  CHECK(text(common, Component::common, "NetworkTimeout") == "9");
  CHECK(text(common, Component::upload, "NetworkTimeout") == "3");
  const auto both = loaded(folder, {"ManageSoft\\Uploader\\CurrentVersion\\NetworkTimeout=10", "NetworkTimeout=9"});
  CHECK(text(both, Component::upload, "NetworkTimeout") == "10");
  CHECK(text(both, Component::collect, "NetworkTimeout") == "9");
}

TEST_CASE("An empty value means the default") {
  const ScratchFolder folder(
      "[ManageSoft\\Common]\nNetworkTimeout=5\nhttps_proxy=http://p\n"
      "[ManageSoft\\Uploader\\CurrentVersion]\nNetworkTimeout=\nhttps_proxy=\n");
  const auto preferences = loaded(folder);
  CHECK(text(preferences, Component::upload, "NetworkTimeout") == "30");
  CHECK(preferences.get(Component::upload, "NetworkTimeout")->is_default);
  CHECK_FALSE(preferences.get(Component::upload, "https_proxy"));
  CHECK(text(preferences, Component::download, "NetworkTimeout") == "5");
  CHECK(text(loaded(folder, {"NetworkTimeout="}), Component::download, "NetworkTimeout") == "30");
}

TEST_CASE("Values know file and line, the last of a repeated key counts over repeated sections") {
  const ScratchFolder folder(
      "[ManageSoft\\Common]\nMachineId=a\n\n[Other]\nMachineId=o\n[MANAGESOFT\\COMMON]\n"
      "machineid=b\n");
  const auto value = loaded(folder).get(Component::common, "MachineId");
  CHECK(value->text == "b");
  CHECK(value->origin == folder.at(7));
}

TEST_CASE("DataDirectory moves every default path") {
  const ScratchFolder folder(
      "[ManageSoft\\Common]\nDataDirectory=/from/file\n"
      "[ManageSoft\\Uploader\\CurrentVersion]\nDataDirectory=/ignored\n");
  CHECK(loaded(folder).data_directory() == "/from/file");
  CHECK(text(loaded(folder), Component::upload, "SSLCACertificateFile") == "/from/file/etc/ssl/cert.pem");
  const auto moved = loaded(folder, {"DataDirectory=/else"});
  CHECK(text(moved, Component::upload, "SSLClientPrivateKeyFile") == "/else/etc/ssl/client/private/client_key.pem");
  CHECK(loaded(folder, {"DataDirectory="}).data_directory() == platform::default_data_directory());
  CHECK(refused(folder, {"DataDirectory=here"}).kind == ErrorKind::preference);
  CHECK(refused(folder, {"DataDirectory=/x/$(DataDirectory)"}).kind == ErrorKind::preference);
}

TEST_CASE("Known variables are replaced, unknown and circular ones are mistakes") {
  const ScratchFolder folder(
      "[ManageSoft\\Common]\nMachineId=m-$(UserName)\nComputerDomain=$(machineid).x.$(DownloadRootURL)\n"
      "LogLevel=$(Nobody)\nMetricsFile=$(DataDirectory\nno_proxy=$(DataDirectory)$(Data\n"
      "[ManageSoft\\Common\\DownloadSettings\\a]\nProtocol=https\nHost=b.example\nPort=443\nDirectory=/ManageSoftDL/"
      "\n");
  const auto preferences = loaded(folder);
  const std::string machine = "m-" + platform::user_name();
  CHECK(text(preferences, Component::common, "ComputerDomain") == machine + ".x.https://b.example:443/ManageSoftDL");
  CHECK(preferences.get(Component::common, "LogLevel")->unknown == "$(Nobody)");
  CHECK(preferences.get(Component::common, "MetricsFile")->unknown == "$(DataDirectory");
  CHECK(preferences.get(Component::common, "no_proxy")->unknown == "$(Data");
  CHECK(preferences.check().size() == 3);

  const ScratchFolder circle(
      "[ManageSoft\\Common]\nMachineId=$(MachineId)\nComputerDomain=$(MachineId)\n"
      "[ManageSoft\\Common\\DownloadSettings\\a]\nProtocol=https\nHost=$(DownloadRootURL)\n"
      "Port=1\nDirectory=x\n");
  CHECK(loaded(circle).get(Component::common, "MachineId")->unknown == "$(MachineId)");
  CHECK(loaded(circle).get(Component::common, "ComputerDomain")->unknown == "$(MachineId)");
  CHECK_FALSE(loaded(circle).check().empty());
}

TEST_CASE("A password is taken as it is written") {
  const ScratchFolder folder("[ManageSoft\\Common\\UploadSettings\\a]\nPassword=a$(MachineId);=#b\n");
  const auto value = loaded(folder).get_in("ManageSoft\\Common\\UploadSettings\\A", "Password");
  CHECK(value->text == "a$(MachineId);=#b");
  CHECK(value->unknown.empty());
}

TEST_CASE("Section names are told apart by what they are for") {
  CHECK(kind_of_section("managesoft\\common") == SectionKind::common);
  CHECK(kind_of_section("ManageSoft\\Policy Client\\CurrentVersion") == SectionKind::component);
  CHECK(kind_of_section("ManageSoft\\Common\\UploadSettings\\x") == SectionKind::location);
  CHECK(kind_of_section("ManageSoft\\Common\\UploadSettings") == SectionKind::unused);
  CHECK(kind_of_section("ManageSoft\\Common\\UploadSettings\\x\\y") == SectionKind::unused);
  CHECK(kind_of_section("ManageSoft\\Common\\UploadSettingsX\\x") == SectionKind::unused);
  CHECK(kind_of_section("ManageSoftware") == SectionKind::foreign);
}
