#include "agent/config/registry/registry_views.h"

#include <catch2/catch.hpp>

namespace muster::config {
namespace {

using platform::RegistryKey;
using platform::RegistryValue;
using platform::RegistryView;
using Kind = RegistryStep::Kind;

const std::string common = R"(ManageSoft\Common)";
const std::string location = R"(ManageSoft\Common\UploadSettings\one)";

RegistryValue text(const std::string& name, const std::string& value) { return {name, "REG_SZ", value, value.size()}; }

std::string error_in(const RegistryViews& views) {
  const auto read = raw(views);
  REQUIRE(!read);
  CHECK(read.error().kind == ErrorKind::preference);
  CHECK(read.error().line().find('\n') == std::string::npos);
  return read.error().line();
}

TEST_CASE("A preference of a wrong type is a mistake that names its key and type") {
  const std::string error = error_in({{{common, {{"NetworkTimeout", "REG_BINARY", {}, 0}}}}, {}});
  CHECK(error.find(R"(HKLM\SOFTWARE\ManageSoft Corp\ManageSoft\Common\NetworkTimeout)") != std::string::npos);
  CHECK(error.find("REG_BINARY") != std::string::npos);
}

TEST_CASE("A value of a million characters is one short line") {
  const std::string error = error_in({{}, {{common, {{"LogLevel", "REG_SZ", {}, 1'000'000}}}}});
  CHECK(error.find("1000000 characters") != std::string::npos);
  CHECK(error.find(R"(HKLM\SOFTWARE\WOW6432Node\ManageSoft Corp\ManageSoft\Common\LogLevel)") != std::string::npos);
  CHECK(error.size() < 300);
}

TEST_CASE("Values of other programs may have any type") {
  const RegistryValue binary{"Cookie", "REG_BINARY", {}, 0};
  const RegistryValue level{"LogLevel", "REG_BINARY", {}, 0};
  CHECK(raw({{{common, {binary}}, {R"(ManageSoft\Security)", {level}}, {"Other", {level}}}, {}}));
}

TEST_CASE("A registry without our keys is an empty source, and says so") {
  const auto read = raw({});
  REQUIRE(read);
  CHECK_FALSE(read->exists);
  CHECK(read->sections.empty());
}

TEST_CASE("A value of the 64-bit view counts, and the other one is kept with its origin") {
  const auto read = raw({{{common, {text("LogLevel", "debug")}}},
                         {{R"(managesoft\COMMON)", {text("LOGLEVEL", "error"), text("MachineId", " m ")}}}});
  REQUIRE(read);
  CHECK(read->exists);
  REQUIRE(read->sections.size() == 1);
  const auto& values = read->sections[0].values;
  REQUIRE(values.size() == 3);
  CHECK(values[0].text == "debug");
  CHECK_FALSE(values[0].overridden);
  CHECK(values[1].overridden);
  CHECK(values[1].origin.find("WOW6432Node") != std::string::npos);
  CHECK(values[2].text == "m");
  CHECK_FALSE(values[2].overridden);
}

TEST_CASE("Sections that only one view has are all there") {
  const auto read = raw({{{"", {}}, {location, {text("Host", "a")}}}, {{common, {text("LogLevel", "error")}}}});
  REQUIRE(read);
  REQUIRE(read->sections.size() == 2);
  CHECK(read->sections[0].name == location);
  CHECK(read->sections[1].name == common);
}

TEST_CASE("A value is written where it is, then where its key is, else for 32-bit programs") {
  const RegistryKey with{common, {text("LogLevel", "error")}};
  const RegistryKey without{common, {text("MachineId", "m")}};
  const std::vector<Change> change{{{common, "LogLevel"}, "debug"}};

  const auto written_to = [&](const RegistryViews& views) {
    const auto steps = steps_for(change, views);
    REQUIRE(steps.size() == 1);
    CHECK(steps[0].kind == Kind::write);
    CHECK(steps[0].text == "debug");
    return steps[0].view;
  };

  CHECK(written_to({}) == RegistryView::bits_32);
  CHECK(written_to({{without}, {}}) == RegistryView::bits_64);
  CHECK(written_to({{without}, {without}}) == RegistryView::bits_32);
  CHECK(written_to({{without}, {with}}) == RegistryView::bits_32);
  CHECK(written_to({{with}, {with}}) == RegistryView::bits_64);
}

TEST_CASE("What is there already is not written again, unless it has another type") {
  const std::vector<Change> change{{{common, "NetworkTimeout"}, "30"}};
  CHECK(steps_for(change, {{{common, {text("NetworkTimeout", "30")}}}, {}}).empty());
  CHECK(steps_for(change, {{{common, {{"NetworkTimeout", "REG_DWORD", "30", 0}}}}, {}}).size() == 1);
}

TEST_CASE("Of two changes of one value the last one is made") {
  const auto steps = steps_for({{{common, "LogLevel"}, "debug"}, {{common, "loglevel"}, "error"}}, {});
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].text == "error");
}

TEST_CASE("A value is unset in both views, and a location without values goes") {
  const RegistryViews views{{{common, {text("LogLevel", "error")}}},
                            {{common, {text("LogLevel", "info")}}, {location, {text("Host", "a")}}}};
  const auto steps = steps_for({{{common, "LogLevel"}, {}}}, views);
  REQUIRE(steps.size() == 2);
  CHECK(steps[0] == RegistryStep{Kind::remove_value, RegistryView::bits_64, common, "LogLevel", ""});
  CHECK(steps[1] == RegistryStep{Kind::remove_value, RegistryView::bits_32, common, "LogLevel", ""});

  const auto last = steps_for({{{location, "Host"}, {}}}, views);
  REQUIRE(last.size() == 1);
  CHECK(last[0] == RegistryStep{Kind::remove_key, RegistryView::bits_32, location, "", ""});
  CHECK(steps_for({{{location, "Port"}, {}}}, views).empty());
}

TEST_CASE("A location that several changes leave without values goes") {
  const RegistryViews views{{}, {{location, {text("Host", "a"), text("Port", "1")}}}};
  const Change host{{location, "Host"}, {}};
  const Change port{{location, "port"}, {}};

  const auto both = steps_for({host, port}, views);
  REQUIRE(both.size() == 2);
  CHECK(both[0] == RegistryStep{Kind::remove_value, RegistryView::bits_32, location, "Host", ""});
  CHECK(both[1] == RegistryStep{Kind::remove_key, RegistryView::bits_32, location, "", ""});

  const auto replaced = steps_for({host, port, {{location, "Host"}, "b"}}, views);
  REQUIRE(replaced.size() == 2);
  CHECK(replaced[0].kind == Kind::remove_value);
  CHECK(replaced[1] == RegistryStep{Kind::write, RegistryView::bits_32, location, "Host", "b"});
}

TEST_CASE("Empty keys are removed from a section up to the root, and others stay") {
  const std::string uploads = R"(ManageSoft\Common\UploadSettings)";
  RegistryViews views{{}, {{"", {}}, {"ManageSoft", {}}, {common, {}}, {uploads, {}}, {"Other", {}}}};
  const auto removed = [&] {
    std::vector<std::string> sections;
    for (const RegistryStep& step : steps_to_remove_empty({location, common}, views)) {
      CHECK(step.kind == Kind::remove_key);
      sections.push_back(step.section);
    }
    return sections;
  };

  CHECK(removed() == std::vector<std::string>{uploads, common, "ManageSoft"});
  views.bits_32.pop_back();
  CHECK(removed() == std::vector<std::string>{uploads, common, "ManageSoft", ""});
  views.bits_32[2].values.push_back(text("MachineId", "m"));
  CHECK(removed() == std::vector<std::string>{uploads});
}

}  // namespace
}  // namespace muster::config
