#include "agent/config/editor.h"

#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "agent/config/ini/ini_edit.h"
#include "platform/config_file.h"
#include "platform/private_file.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::config;

namespace {

const Address timeout{"ManageSoft\\Common", "NetworkTimeout"};

// Any file written by this process ends at `bytes`, while this lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

unsigned mode_of(const std::filesystem::path& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777U;
}

}  // namespace

TEST_CASE("A file that does not parse is refused untouched") {
  const std::string broken = "[ManageSoft\\Common]\nnonsense\n";
  const ScratchFolder folder(broken);
  const auto set = set_value(folder.ini(), timeout, "5");
  REQUIRE_FALSE(set);
  CHECK(set.error().kind == ErrorKind::preference);
  CHECK(has(set.error().message, folder.at(2)));
  CHECK_FALSE(unset_value(folder.ini(), timeout));
  CHECK(folder.read() == broken);
  CHECK(folder.entries() == 1);
}

TEST_CASE("Values that would not survive are refused") {
  const ScratchFolder folder("");
  const Address name{"ManageSoft\\Common", "MachineId"};
  for (const char* const value : {"a\nb", "a\r", "\x01", " a", "a\t", "$(Nobody)"}) {
    const auto set = set_value(folder.ini(), name, value);
    REQUIRE_FALSE(set);
    CHECK(set.error().kind == ErrorKind::preference);
  }
  CHECK_FALSE(set_value(folder.ini(), timeout, "soon"));
  CHECK(folder.read().empty());
}

TEST_CASE("A password is not quoted when it is refused") {
  const ScratchFolder folder("");
  const auto set = set_value(folder.ini(), {"ManageSoft\\Common\\UploadSettings\\a", "Password"}, "hush\nx");
  REQUIRE_FALSE(set);
  CHECK_FALSE(has(set.error().line(), "hush"));
}

TEST_CASE("The file stays whole when the new one cannot be written") {
  std::string content = "[ManageSoft\\Common]\nNetworkTimeout=5\n";
  content += "; " + std::string(100'000, 'x') + "\n";
  const ScratchFolder folder(content);
  {
    const FileSizeLimit limit(4096);
    const auto set = set_value(folder.ini(), timeout, "6");
    REQUIRE_FALSE(set);
    CHECK(set.error().kind == ErrorKind::local_file);
  }
  CHECK(folder.read() == content);
  CHECK(folder.entries() == 1);
}

TEST_CASE("A change by somebody else meanwhile is not lost") {
  const ScratchFolder folder("[ManageSoft\\Common]\nMachineId=a\n");
  const auto read = platform::read_config_file(folder.ini(), 1000);
  REQUIRE(read);
  folder.write("config.ini", "[ManageSoft\\Common]\nMachineId=longer\n");
  const auto replaced = platform::replace_config_file(*read, "mine\n");
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().remedy == "run the command again");
  CHECK(folder.read() == "[ManageSoft\\Common]\nMachineId=longer\n");

  const ScratchFolder empty;
  const auto nothing = platform::read_config_file(empty.ini(), 1000);
  REQUIRE(nothing);
  empty.write("config.ini", "theirs\n");
  CHECK_FALSE(platform::replace_config_file(*nothing, "mine\n"));
  CHECK(empty.read() == "theirs\n");
}

TEST_CASE("set changes one value and no other byte") {
  const std::string before =
      "\xEF\xBB\xBF; top\r\n\r\n[managesoft\\\\COMMON] ; why\r\n  networktimeout = 5  \r\n\r\n# x\nMachineId=m\r\n"
      "[Other]\nNetworkTimeout=1\n[ManageSoft\\Common]\nlast=1";
  const ScratchFolder folder(before);
  REQUIRE(set_value(folder.ini(), timeout, "60"));
  std::string after = before;
  after.replace(after.find("= 5 "), 4, "= 60 ");
  CHECK(folder.read() == after);
  REQUIRE(set_value(folder.ini(), timeout, ""));
  REQUIRE(set_value(folder.ini(), timeout, "5"));
  CHECK(folder.read() != after);
  CHECK(folder.load()->get(Component::common, "NetworkTimeout")->text == "5");
}

TEST_CASE("A new key goes behind the last key of its section, with the file's line breaks") {
  const ScratchFolder folder("[ManageSoft\\Common]\r\na=1\r\n\r\n; about Other\r\n[Other]\r\nb=2");
  REQUIRE(set_value(folder.ini(), timeout, "5"));
  CHECK(folder.read() == "[ManageSoft\\Common]\r\na=1\r\nNetworkTimeout=5\r\n\r\n; about Other\r\n[Other]\r\nb=2");
}

TEST_CASE("A new section goes to the end, after a last line without a break too") {
  const ScratchFolder folder("[Other]\r\nb=2");
  REQUIRE(set_value(folder.ini(), timeout, "5"));
  CHECK(folder.read() == "[Other]\r\nb=2\r\n\r\n[ManageSoft\\Common]\r\nNetworkTimeout=5\r\n");
  const ScratchFolder empty("\xEF\xBB\xBF");
  REQUIRE(set_value(empty.ini(), timeout, "5"));
  CHECK(empty.read() == "\xEF\xBB\xBF[ManageSoft\\Common]\nNetworkTimeout=5\n");
  CHECK(with_value("[a]", "a", "b", "c") == "[a]\nb=c\n");
}

TEST_CASE("Of a repeated key the one that counts is changed") {
  const ScratchFolder folder(
      "[ManageSoft\\Common]\nNetworkTimeout=1\n[Other]\n[ManageSoft\\Common]\nNetworkTimeout=2\n");
  REQUIRE(set_value(folder.ini(), timeout, "3"));
  CHECK(folder.read() == "[ManageSoft\\Common]\nNetworkTimeout=1\n[Other]\n[ManageSoft\\Common]\nNetworkTimeout=3\n");
}

TEST_CASE("unset takes every line of the key away and says whether there was one") {
  const std::string before =
      "[ManageSoft\\Common]\nNetworkTimeout=1\n; c\nMachineId=m\n\n[Other]\nNetworkTimeout=4\n"
      "[ManageSoft\\Common]\nnetworktimeout=2\n";
  const ScratchFolder folder(before);
  CHECK(unset_value(folder.ini(), timeout) == true);
  const std::string after =
      "[ManageSoft\\Common]\n; c\nMachineId=m\n\n[Other]\nNetworkTimeout=4\n[ManageSoft\\Common]\n";
  CHECK(folder.read() == after);
  CHECK(unset_value(folder.ini(), timeout) == false);
  CHECK(folder.read() == after);
}

TEST_CASE("A location that has lost its last key goes away") {
  const ScratchFolder folder("[ManageSoft\\Common\\UploadSettings\\a]\nHost=h\n[ManageSoft\\Common]\nMachineId=m\n");
  CHECK(unset_value(folder.ini(), {"ManageSoft\\Common\\UploadSettings\\a", "Host"}) == true);
  CHECK(folder.read() == "[ManageSoft\\Common]\nMachineId=m\n");
}

TEST_CASE("A new file is private, an old one keeps its mode and owner") {
  const ScratchFolder folder;
  REQUIRE(set_value(folder.ini(), timeout, "5"));
  CHECK(folder.read() == "[ManageSoft\\Common]\nNetworkTimeout=5\n");
  const bool shared = ::geteuid() == 0 && ::getgrnam(platform::service_group) != nullptr;
  CHECK(mode_of(folder.ini()) == (shared ? 0640U : 0600U));
  REQUIRE(::chmod(folder.ini().c_str(), 0604) == 0);
  if (::geteuid() == 0) REQUIRE(::chown(folder.ini().c_str(), 12, 34) == 0);
  REQUIRE(set_value(folder.ini(), timeout, "6"));
  CHECK(mode_of(folder.ini()) == 0604U);
  if (::geteuid() == 0) {
    struct stat facts {};
    REQUIRE(::stat(folder.ini().c_str(), &facts) == 0);
    CHECK(facts.st_uid == 12);
    CHECK(facts.st_gid == 34);
  }
}

TEST_CASE("A link stays a link, a link to nothing is refused") {
  const ScratchFolder folder;
  folder.write("real.ini", "[ManageSoft\\Common]\nNetworkTimeout=1\n");
  std::filesystem::create_symlink("real.ini", folder.ini());
  REQUIRE(set_value(folder.ini(), timeout, "5"));
  CHECK(std::filesystem::is_symlink(folder.ini()));
  CHECK(folder.read("real.ini") == "[ManageSoft\\Common]\nNetworkTimeout=5\n");
  std::filesystem::remove(folder.path() / "real.ini");
  CHECK(set_value(folder.ini(), timeout, "5").error().kind == ErrorKind::local_file);
  CHECK(set_value(folder.path() / "no" / "config.ini", timeout, "5").error().kind == ErrorKind::local_file);
}

TEST_CASE("An address is a name, or a section and a name") {
  CHECK(address_of("networktimeout")->section == "ManageSoft\\Common");
  CHECK(address_of("networktimeout")->name == "NetworkTimeout");
  CHECK(address_of("SelectorAlgorithm")->section == "ManageSoft\\NetSelector\\CurrentVersion");
  CHECK(address_of("ManageSoft\\\\Common\\\\UploadSettings\\\\p\\\\Host")->section ==
        "ManageSoft\\Common\\UploadSettings\\p");
  for (const char* const wrong : {"Hots", "Host", "", "ManageSoft\\Comon\\MachineId", "ManageSoft\\Common\\Host",
                                  "Other\\MachineId", "ManageSoft\\Uploader\\CurrentVersion\\DataDirectory"}) {
    const auto address = address_of(wrong);
    REQUIRE_FALSE(address);
    CHECK(address.error().kind == ErrorKind::usage);
    CHECK_FALSE(address.error().remedy.empty());
  }
  CHECK(address_of("ManageSoft\\Comon\\MachineId").error().remedy == "use [ManageSoft\\Common]");
}
