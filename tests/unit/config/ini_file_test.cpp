#include "agent/config/ini/ini_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::config;

namespace {

const std::filesystem::path ini_path = "/etc/x.ini";

IniFile parsed(std::string_view content) {
  auto file = parse_ini(content, ini_path);
  INFO((file ? std::string() : file.error().line()));
  REQUIRE(file);
  return *file;
}

Error refused(std::string_view content) {
  auto file = parse_ini(content, ini_path);
  REQUIRE_FALSE(file);
  CHECK(file.error().kind == ErrorKind::preference);
  CHECK_FALSE(file.error().remedy.empty());
  return file.error();
}

std::string utf16(std::string_view text, bool little) {
  std::string result = little ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : text) {
    if (little) result += c;
    result += '\0';
    if (!little) result += c;
  }
  return result;
}

}  // namespace

TEST_CASE("UTF-16 is refused by its mark and by its NULs") {
  const std::string text = "[ManageSoft\\Common]\r\nMachineId=x\r\n";
  for (const bool little : {true, false}) {
    const auto marked = refused(utf16(text, little));
    CHECK(has(marked.message, "/etc/x.ini:1: the file is UTF-16"));
    CHECK(has(marked.remedy, "save it as UTF-8"));
    CHECK(has(refused(utf16(text, little).substr(2)).message, "/etc/x.ini:1: a NUL byte"));
  }
}

TEST_CASE("A NUL byte is refused with its line, wherever it is") {
  using namespace std::string_literals;
  CHECK(has(refused("[a]\nb=1\nc=\0002\n"s).message, ":3: a NUL byte"));
  CHECK(has(refused("[a]\n;\0\n"s).message, ":2: a NUL byte"));
}

TEST_CASE("Lines that are nothing are refused, all at once, each with its line") {
  const auto error = refused("early=1\n[a\n\n[b]\nnonsense\n=x\n[b] c\n[]\n[\\\\]\nok=1\n");
  for (const char* const part :
       {":1: 'early' appears before any section", ":2: a section header without ']'",
        ":5: not a [section], comment or Name=Value line", ":6: a value without a name", ":7: text after the ']'",
        ":8: a section without a name", ":9: a section without a name"}) {
    CHECK(has(error.message, part));
  }
  CHECK_FALSE(has(error.message, ":10:"));
  CHECK(error.line().find('\n') == std::string::npos);
}

TEST_CASE("A carriage return inside a line is refused") {
  CHECK(has(refused("[a]\nb=1\rc=2\n").message, ":2: a control character"));
}

TEST_CASE("A flood of mistakes stays one bearable line") {
  std::string content = "[a]\n";
  for (int i = 0; i < 5000; ++i) content += "broken\n";
  const auto error = refused(content);
  CHECK(has(error.message, "and 4950 more"));
  CHECK(error.message.size() < 10'000);
}

TEST_CASE("Two GUID locations with the same first characters stay two") {
  const std::string first = "ManageSoft\\Common\\UploadSettings\\{6B29FC40-CA47-1067-B31D-00DD010662DA}";
  const std::string second = "ManageSoft\\Common\\UploadSettings\\{6B29FC40-CA47-2067-B31D-00DD010662DA}";
  const auto file = parsed("[" + first + "]\nHost=a\n[" + second + "]\nHost=b\n");
  REQUIRE(file.sections.size() == 2);
  CHECK(file.sections[0].name == first);
  CHECK(file.sections[1].name == second);
  CHECK(file.sections[0].keys[0].value == "a");
  CHECK(file.sections[1].keys[0].value == "b");
}

TEST_CASE("Long values arrive whole") {
  for (const std::size_t length : {std::size_t{199}, std::size_t{300}, std::size_t{4094}, std::size_t{4095},
                                   std::size_t{4096}, std::size_t{8192}, std::size_t{1} << 20}) {
    const std::string value(length, 'v');
    const auto file = parsed("[a]\nb=" + value + "\nc=2\n");
    CHECK(file.sections[0].keys[0].value == value);
    CHECK(file.sections[0].keys[1].value == "2");
    CHECK(file.sections[0].keys[1].line == 3);
  }
}

TEST_CASE("A value may contain ' ;', '#', '=' and ':'") {
  const auto file = parsed("[a]\nb=MgsPing;MgsRandom ; x # y = z : w\n");
  CHECK(file.sections[0].keys[0].value == "MgsPing;MgsRandom ; x # y = z : w");
}

TEST_CASE("An indented key is a key of its own") {
  const auto file = parsed("[a]\nb=1\n  c=2\n\td = 3 \n");
  REQUIRE(file.sections[0].keys.size() == 3);
  CHECK(file.sections[0].keys[1].name == "c");
  CHECK(file.sections[0].keys[2].name == "d");
  CHECK(file.sections[0].keys[2].value == "3");
}

TEST_CASE("Byte order mark, CRLF, comments and a missing last line break are understood") {
  const auto file = parsed("\xEF\xBB\xBF; first\r\n[a]\r\n# note [x\r\n\r\nb=1 2\r\nempty=\r\nc=3");
  REQUIRE(file.sections.size() == 1);
  REQUIRE(file.sections[0].keys.size() == 3);
  CHECK(file.sections[0].keys[0].value == "1 2");
  CHECK(file.sections[0].keys[0].line == 5);
  CHECK(file.sections[0].keys[1].value.empty());
  CHECK(file.sections[0].keys[2].line == 7);
}

TEST_CASE("Single and doubled backslashes name the same section") {
  const auto file =
      parsed("[ManageSoft\\\\Common\\\\UploadSettings\\\\x]\na=1\n[ ManageSoft\\Common\\UploadSettings\\x\\ ] ;c\n");
  REQUIRE(file.sections.size() == 2);
  CHECK(file.sections[0].name == "ManageSoft\\Common\\UploadSettings\\x");
  CHECK(file.sections[1].name == file.sections[0].name);
}

TEST_CASE("Bytes above ASCII pass untouched") {
  CHECK(parsed("[a]\nb=M\xC3\xBCnchen \xFC\n").sections[0].keys[0].value == "M\xC3\xBCnchen \xFC");
}

TEST_CASE("A realistic file cut at any byte parses or is refused cleanly") {
  const std::string whole =
      "\xEF\xBB\xBF; deployed by hand\r\n[ManageSoft\\Common]\r\nMachineId = host-1\r\nCheckServerCertificate=True\r\n"
      "AddClientCertificateAndKey=True\r\n\r\n[ManageSoft\\\\Common\\\\UploadSettings\\\\"
      "{6B29FC40-CA47-1067-B31D-00DD010662DA}]\r\nProtocol=https\r\nHost=beacon.example\r\nPort=443\r\n"
      "Directory=/ManageSoftRL\r\nPriority=invalid\r\n[Other Product]\r\nx: y\r\n";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const auto file = parse_ini(whole.substr(0, length), ini_path);
    if (file) continue;
    CHECK(file.error().kind == ErrorKind::preference);
    CHECK(has(file.error().message, "/etc/x.ini:"));
  }
  CHECK(parse_ini(whole, ini_path));
}

TEST_CASE("A file above 16 MiB is refused before it is read") {
  ScratchFolder folder;
  folder.write("config.ini", "");
  std::filesystem::resize_file(folder.ini(), largest_ini_file + 1);
  const auto text = read_ini_text(folder.ini());
  REQUIRE_FALSE(text);
  CHECK(text.error().kind == ErrorKind::local_file);
}

TEST_CASE("A file that may not be read says how to get the right") {
  if (::geteuid() != 0) return;  // only root can make a file that it cannot read as somebody else
  const ScratchFolder folder("[a]\nb=1\n");
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(folder.ini().c_str(), 0600) == 0);
  REQUIRE(::seteuid(65534) == 0);
  const auto named = Preferences::load({folder.ini(), true, {}});
  const auto by_default = Preferences::load({folder.ini(), false, {}});
  REQUIRE(::seteuid(0) == 0);
  for (const auto* const result : {&named, &by_default}) {
    REQUIRE_FALSE(*result);
    CHECK(result->error().kind == ErrorKind::local_file);
    CHECK(has(result->error().message, folder.ini().string()));
    CHECK(result->error().system_code == EACCES);
    CHECK(has(result->error().remedy, "run as root or join the group muster"));
  }
}
