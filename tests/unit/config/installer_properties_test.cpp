#include "agent/config/installer_properties.h"

#include <catch2/catch.hpp>

#include "agent/config/answer_file.h"

namespace muster::config {
namespace {

TEST_CASE("properties are the answers of an answer file without their prefix") {
  const auto found = read_properties(
      {"BOOTSTRAP_UPLOAD=https://beacon.example.com/ManageSoftRL ", "PREFERIPVERSION=IPv4 ", "MGSFT_MACHINE_ID=one"});
  REQUIRE(found);
  CHECK(found->answers ==
        "MGSFT_BOOTSTRAP_UPLOAD=\"https://beacon.example.com/ManageSoftRL\"\nPREFERIPVERSION=\"IPv4\"\n"
        "MGSFT_MACHINE_ID=\"one\"\n");

  const auto answers = read_answers(found->answers, "properties");
  REQUIRE(answers);
  CHECK(answers->warnings.empty());
  CHECK(answers->fragment.find("Host=beacon.example.com") != std::string::npos);
}

TEST_CASE("a property that is not given says nothing") {
  const auto found = read_properties({"BOOTSTRAP_UPLOAD= ", "HTTP_PROXY=", "CLIENTPFX= ", "ROOTCA="});
  REQUIRE(found);
  CHECK(found->answers.empty());
  CHECK(found->client_pfx.empty());
  CHECK(found->root_ca.empty());
}

TEST_CASE("files with certificates are no preferences") {
  const auto found =
      read_properties({R"(CLIENTPFX=C:\a b\c.pfx )", R"(CLIENTPFXPASSWORDFILE=C:\p\ )", "ROOTCA=C:\\ca.pem"});
  REQUIRE(found);
  CHECK(found->client_pfx == R"(C:\a b\c.pfx)");
  CHECK(found->client_pfx_password_file == R"(C:\p\)");
  CHECK(found->root_ca == R"(C:\ca.pem)");
  CHECK(found->answers.empty());
}

TEST_CASE("what could become another answer is refused") {
  for (const char* const wrong :
       {"HTTP_PROXY=a\nMGSFT_MACHINE_ID=b", "HTTP_PROXY=a\"", "no value", "=value", "lower=a", "A B=c", ""}) {
    INFO(wrong);
    const auto found = read_properties({wrong});
    REQUIRE_FALSE(found);
    CHECK(found.error().kind == ErrorKind::usage);
  }
}

}  // namespace
}  // namespace muster::config
