#include "platform/windows/software_names.h"

#include <catch2/catch.hpp>

namespace muster::platform {
namespace {

TEST_CASE("an installation date has eight digits and is a day of the calendar") {
  REQUIRE(install_date("20240229"));
  CHECK(iso_date(*install_date("20240229")) == "2024-02-29");
  for (const char* const wrong : {"", "20230229", "20241301", "00000000", "2024-01-31", "1/31/2024", "2024013",
                                  "202401311", "99991231", "2024013a", " 2024013"}) {
    INFO(wrong);
    CHECK_FALSE(install_date(wrong));
  }
}

TEST_CASE("only a name in the form of a GUID is one") {
  CHECK(product_guid("{0C2B8A5E-6B0E-4C7B-9C7B-0E5D5C3F1A11}") == "{0C2B8A5E-6B0E-4C7B-9C7B-0E5D5C3F1A11}");
  for (const char* const wrong : {"", "Mozilla Firefox", "{0C2B8A5E-6B0E-4C7B-9C7B-0E5D5C3F1A1G}",
                                  "{0C2B8A5E-6B0E-4C7B-9C7B-0E5D5C3F1A11", "{0C2B8A5E6B0E-4C7B-9C7B-0E5D5C3F1A111}"}) {
    INFO(wrong);
    CHECK(product_guid(wrong).empty());
  }
}

TEST_CASE("the full name of an app has five parts") {
  const auto app = app_name("Microsoft.WindowsCalculator_11.2210.0.0_x64__8wekyb3d8bbwe");
  REQUIRE(app);
  CHECK(app->name == "Microsoft.WindowsCalculator");
  CHECK(app->version == "11.2210.0.0");
  CHECK(app->architecture == "x64");
  CHECK(app->resource.empty());
  CHECK(app_name("A_1.0_neutral_~_8wekyb3d8bbwe")->resource == "~");
  for (const char* const wrong :
       {"", "A", "A_1.0_x64_8wekyb3d8bbwe", "_1.0_x64__8wekyb3d8bbwe", "A_1.0_x64__", "A_1_2_3_4_5"}) {
    INFO(wrong);
    CHECK_FALSE(app_name(wrong));
  }
}

TEST_CASE("an article is KB and five to eight digits") {
  CHECK(article("Package_for_KB5012170~31bf3856ad364e35~amd64~~19041.1.0") == "KB5012170");
  CHECK(article(R"(C:\cache\windows10.0-kb5033372-x64.cab)") == "KB5033372");
  CHECK(article("KB and then KB4012212") == "KB4012212");
  for (const char* const wrong : {"", "KB", "Package_for_RollupFix", "KB1234", "KB123456789", "12 KB free"}) {
    INFO(wrong);
    CHECK(article(wrong).empty());
  }
}

TEST_CASE("the version of an update is what comes after its last tilde") {
  const UpdateName name = update_name("Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.3803.1.8");
  CHECK(name.name == "Package_for_RollupFix");
  CHECK(name.version == "19041.3803.1.8");
  CHECK(update_name("Package_for_X").name == "Package_for_X");
  CHECK(update_name("Package_for_X~").version.empty());
}

}  // namespace
}  // namespace muster::platform
