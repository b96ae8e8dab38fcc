#include "agent/policy/npl/schedule_file.h"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::policy;
using schedule::Action;
using schedule::Trigger;
using std::chrono::seconds;

namespace {

Packages read(const std::string& events) {
  Packages packages;
  const auto root = parse_xml("<Schedule>" + events + "</Schedule>");
  REQUIRE(root);
  REQUIRE(read_schedule_file(*root, packages));
  return packages;
}

std::string event(const std::string& trigger, const std::string& command = "COMPONENT='Tracker' ACTION='Report'") {
  return "<Event NAME='n' ID='i' CATCHUP='Never'><LogicalCommand " + command + "/><Trigger " + trigger + "/></Event>";
}

Trigger trigger(const std::string& attributes) {
  const Packages packages = read(event(attributes));
  REQUIRE(packages.events.size() == 1);
  return packages.events[0].triggers.at(0);
}

std::string why_not(const std::string& attributes) {
  const Packages packages = read(event(attributes));
  CHECK(packages.events.empty());
  return packages.not_used.at(0).reason;
}

}  // namespace

TEST_CASE("A daily trigger has its day, time, repetition and window") {
  const Trigger daily = trigger(
      "TYPE='Daily' TYPE_PARAM='2' DATESTART='20200608' TIMESTART='000500' REPEAT='43200' DURATION='86400' "
      "TIMEWINDOW='3600' MAXDELAY='60'");
  CHECK(daily.kind == Trigger::Kind::daily);
  CHECK(daily.every == 2);
  CHECK(daily.first_day == schedule::Date(std::chrono::year(2020) / 6 / 8));
  CHECK(daily.time_of_day == seconds(300));
  CHECK(daily.repeat == seconds(43'200));
  CHECK(daily.duration == seconds(86'400));
  CHECK(daily.window == seconds(3'600));
  CHECK(daily.max_delay == seconds(60));

  const Trigger once = trigger("TYPE='now' REPEAT='600' TIMESTART='235959'");
  CHECK(once.kind == Trigger::Kind::once);
  CHECK(once.repeat == seconds(0));
}

TEST_CASE("The weekdays of a weekly trigger are a mask from Sunday on") {
  CHECK(trigger("TYPE='Weekly' TYPE_PARAM='1,1'").weekdays == 0x40);
  CHECK(trigger("TYPE='Weekly' TYPE_PARAM='1,2'").weekdays == 0x01);
  CHECK(trigger("TYPE='Weekly' TYPE_PARAM='3, 127'").weekdays == schedule::all_weekdays);
  CHECK(trigger("TYPE='Weekly' TYPE_PARAM='3'").every == 3);
  CHECK(trigger("TYPE='Weekly' TYPE_PARAM='3'").weekdays == schedule::all_weekdays);
}

TEST_CASE("OnConnect is due when a network comes up, every quarter of an hour at most") {
  CHECK(trigger("TYPE='onconnect'").kind == schedule::Trigger::Kind::network_up);
  CHECK(trigger("TYPE='OnConnect' TYPE_PARAM='0'").min_gap == std::chrono::minutes(15));
  CHECK(trigger("TYPE='OnConnect' TYPE_PARAM='600'").min_gap == std::chrono::minutes(15));
  CHECK(trigger("TYPE='OnConnect' TYPE_PARAM='1200'").min_gap == std::chrono::minutes(20));
}

TEST_CASE("A trigger that is wrong is left out with its reason") {
  CHECK(read(event("TYPE='Daily' DATESTART='20210229'")).not_used.at(0).reason ==
        "DATESTART '20210229' is no date such as 20200608");
  CHECK(why_not("TYPE='Daily' TIMESTART='006000'") == "TIMESTART '006000' is no time such as 000500");
  CHECK(why_not("TYPE='Daily' TIMESTART='-00500'") == "TIMESTART '-00500' is no time such as 000500");
  CHECK(why_not("TYPE='Daily' REPEAT='99999999999999999999' DURATION='1'").starts_with("REPEAT '9999"));
  CHECK(why_not("TYPE='Daily' TYPE_PARAM='400'") == "TYPE_PARAM '400' is out of range");
  CHECK(why_not("TYPE='Weekly' TYPE_PARAM='1,128'") == "TYPE_PARAM '1,128' is out of range");
  CHECK(why_not("TYPE='Logon'") == "Muster has no trigger of the type 'Logon'");
  CHECK(why_not("TYPE='OnConnect' TYPE_PARAM='-1'") == "TYPE_PARAM '-1' is out of range");
}

TEST_CASE("Parameters are compared with known words, and never more than that") {
  const std::string command = "COMPONENT='tracker' ACTION='REPORT' PARAM='";
  CHECK(read(event("TYPE='Now'", command + "-o Upload=False'")).not_used.empty());

  const Packages hostile =
      read(event("TYPE='Now'", command + "-o &quot;SSLCACertificateFile=/tmp/a b&quot; -oNetworkTimeout=5 -o'"));
  REQUIRE(hostile.not_used.size() == 3);
  CHECK(hostile.not_used[0].what == "option 'SSLCACertificateFile=/tmp/a b' of event 'n'");
  CHECK(hostile.not_used[0].reason == "a policy never changes what the device trusts");
  CHECK(hostile.not_used[1].reason == "Muster sets no preference for a single event");
  CHECK(hostile.events.at(0).argument.empty());
}

TEST_CASE("The address of a package to install is the first parameter") {
  const Packages packages =
      read(event("TYPE='Now'", "COMPONENT='Launcher' ACTION='Install' PARAM='&quot;a b.osd&quot; x'"));
  CHECK(packages.events.at(0).action == Action::package);
  CHECK(packages.events.at(0).argument == "a b.osd");
  CHECK(packages.not_used.at(0).what == "option 'x' of event 'n'");
}
