#include "agent/policy/npl/settings_file.h"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::policy;

namespace {

Packages read(const std::string& lines) {
  Packages packages;
  REQUIRE(read_settings("Format: 5.1\r\nTitle: \"x\"\r\n\r\n" + lines, "a.ndc", packages));
  return packages;
}

std::string why_not(const std::string& line) {
  const Packages packages = read(line);
  CHECK(packages.settings.empty());
  return packages.not_used.size() == 1 ? packages.not_used[0].reason : "(none)";
}

}  // namespace

TEST_CASE("A setting has its section, name and value, with escapes and semicolons inside quotes") {
  const Packages packages = read(
      "Registry: set; root = HKLM; key = \"SOFTWARE\\\\ManageSoft Corp\\\\ManageSoft\\\\Common\"; name = Host; "
      "value = \"a;\\\"b\\\\c\"; type = SZ\r\n\r\n"
      "registry:SET;KEY=\"software\\managesoft corp\\X\";Root=hkey_local_machine;value=7;name=\"N\"\n");
  REQUIRE(packages.settings.size() == 2);
  CHECK(packages.not_used.empty());
  CHECK(packages.settings[0].section == "ManageSoft\\Common");
  CHECK(packages.settings[0].name == "Host");
  CHECK(packages.settings[0].value == "a;\"b\\c");
  CHECK(packages.settings[1].section == "X");
  CHECK(packages.settings[1].value == "7");
}

TEST_CASE("A line that sets nothing here is left out with its reason") {
  const std::string start = "Registry: set; root = HKLM; key = \"SOFTWARE\\\\ManageSoft Corp\\\\A\"";
  CHECK(why_not(start + "; name = a; value = \"$(Home)\"") == "its value refers to a variable with $(...)");
  CHECK(why_not(start + "; name = a; value = \"b\tc\"") == "it contains a control character");
  CHECK(why_not(start + "; value = b") == "it has no name");
  CHECK(why_not(start + "; name = a; value = \"b") == "it cannot be read");
  CHECK(why_not(start + "; name = a; value = \"b\" c") == "it cannot be read");
  CHECK(why_not(start + "; name") == "it cannot be read");
  CHECK(why_not("Registry: remove; root = HKLM; key = x; name = y") == "Muster does not know the verb 'remove'");
  CHECK(why_not("Registry: set; root = HKLM; key = SOFTWARE\\ManageSoft Corp; name = y") ==
        "its key is not below SOFTWARE\\ManageSoft Corp");
  CHECK(why_not("File: copy") == "Muster does not know the directive 'File'");
  CHECK(why_not("words") == "Muster does not know the directive 'words'");
}

TEST_CASE("What is no file of settings is refused") {
  Packages packages;
  const auto refusal = [&](const std::string& content) {
    const auto read = read_settings(content, "a.ndc", packages);
    return read ? std::string() : read.error().message;
  };
  CHECK(refusal("") == "it does not begin with 'Format:'");
  CHECK(refusal("\xef\xbb\xbf"
                "Format: 5.1\n\n")
            .empty());
  CHECK(refusal("Format: 5.1\n" + std::string(5'001, '\n')) == "it has more than 5000 lines");
  CHECK(refusal("Format: 5.1\n\n" + std::string(5'000, 'x')) == "its line 3 has more than 4096 bytes");
}
