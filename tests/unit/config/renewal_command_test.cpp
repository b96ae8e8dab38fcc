#include "agent/config/renewal_command.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "agent/config/table/command_words.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::config;

namespace {

using Words = std::vector<std::string>;

constexpr char with_command[] = "[ManageSoft\\Common]\nCertificateRenewCommand=/usr/bin/renew --est \"a b\"\n";

std::string problem_of(const Preferences& preferences) {
  const auto command = renewal_command(preferences);
  return command ? "" : command.error().line();
}

}  // namespace

TEST_CASE("A command is words between blanks, quotes hold blanks together, and nothing else is special") {
  CHECK(*command_words("/bin/a  b\tc") == Words{"/bin/a", "b", "c"});
  CHECK(*command_words(R"("/my programs/a" x" "y "" $HOME;|>'\n)") ==
        Words{"/my programs/a", "x y", "", R"($HOME;|>'\n)"});
  CHECK(command_words("/bin/a \"b").error() == "has a quote that is not closed");
  CHECK(command_words(" \t").error() == "names no program");
  for (const char* const relative : {"renew", "./renew", "\"\" /bin/a", "bin/a"}) {
    CHECK(command_words(relative).error() == "does not begin with the absolute path of a program");
  }
}

TEST_CASE("The renewal command is taken from a file that root alone can change") {
  if (::geteuid() != 0) return;
  const ScratchFolder folder(with_command);
  const auto command = renewal_command(*folder.load());
  REQUIRE((command && *command));
  CHECK(**command == Words{"/usr/bin/renew", "--est", "a b"});
  CHECK_FALSE(*renewal_command(*ScratchFolder("").load()));

  std::filesystem::permissions(folder.ini(), std::filesystem::perms(0664));
  CHECK(has(problem_of(*folder.load()), "CertificateRenewCommand is not used: others than root can change "));
  std::filesystem::permissions(folder.ini(), std::filesystem::perms(0644));
  REQUIRE(::chown(folder.ini().c_str(), 65534, 0) == 0);
  CHECK(has(problem_of(*folder.load()), "it belongs to user 65534; chown root"));
}

TEST_CASE("The renewal command never comes from -o, in whatever section, and never from a policy") {
  const ScratchFolder folder("");
  for (const char* const given : {"CertificateRenewCommand=/bin/sh",
                                  "certificaterenewcommand=", R"(ManageSoft\Common\CertificateRenewCommand=/bin/sh)"}) {
    const auto loaded = folder.load({given});
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().kind == ErrorKind::usage);
    CHECK(has(loaded.error().message, "CertificateRenewCommand is taken from the configuration file alone"));
  }

  auto preferences = *folder.load();
  preferences.lay_under({"policy 17", {{"", "CertificateRenewCommand", "/bin/sh"}}});
  CHECK(has(problem_of(preferences), "CertificateRenewCommand is not used: it comes from policy 17"));
}

TEST_CASE("A wrong command is a mistake of the file, and is not used") {
  const ScratchFolder folder("[ManageSoft\\Common]\nCertificateRenewCommand=renew\n");
  const auto preferences = folder.load();
  REQUIRE(preferences);
  bool named = false;
  for (const Mistake& mistake : preferences->check()) {
    named = named || has(mistake.text, "CertificateRenewCommand does not begin with the absolute path of a program");
  }
  CHECK(named);
  CHECK_FALSE(problem_of(*preferences).empty());
}
