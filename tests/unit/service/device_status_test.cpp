#include "agent/service/device_status.h"

#include <catch2/catch.hpp>

namespace muster::service {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

const WallTime noon{1'780'000'000s};

DeviceStatus healthy() {
  DeviceStatus status;
  status.device = "laptop-7";
  status.time = noon;
  status.works = true;
  status.certificate = CertificateStatus{"CN=laptop-7", noon + 24h * 90, 90, false};
  status.beacons = {{"paris", "https://b.example:443", ""}, {"rome", "https://r.example:443", ""}};
  return status;
}

TEST_CASE("counters and times are no change of the state") {
  DeviceStatus later = healthy();
  later.time += 5h;
  later.waiting_files = 7;
  later.waiting_bytes = 7'000;
  later.oldest = 90s;
  later.certificate->days_left = 89;
  later.last_pass = outbox::PassRecord{noon, 12, 0, 0, 0, ""};
  later.last_done["inventory"] = noon;
  CHECK(signature(later) == signature(healthy()));
}

TEST_CASE("a problem, its end, a penalty, a certificate and a set-aside file are changes") {
  const std::string before = signature(healthy());
  DeviceStatus changed = healthy();
  changed.problem = Error(ErrorKind::unreachable, "no beacon could be reached", "check the network", "paris");
  CHECK(signature(changed) != before);

  changed = healthy();
  changed.beacons[1].penalty = "connect";
  CHECK(signature(changed) != before);

  changed = healthy();
  changed.certificate->not_after += 24h;
  CHECK(signature(changed) != before);
  changed = healthy();
  changed.certificate->expires_soon = true;
  CHECK(signature(changed) != before);
  changed = healthy();
  changed.certificate.reset();
  CHECK(signature(changed) != before);

  changed = healthy();
  changed.set_aside = 1;
  CHECK(signature(changed) != before);
  DeviceStatus more = changed;
  more.set_aside = 2;
  CHECK(signature(more) == signature(changed));

  changed = healthy();
  changed.works = false;
  CHECK(signature(changed) != before);
}

UpdateStatus staged() {
  UpdateStatus update;
  update.number = 12;
  update.version = "1.4.0";
  update.is_staged = true;
  update.installed = 11;
  update.step = "none";
  return update;
}

TEST_CASE("an update that is staged, waits, is refused or goes on to its next step is a change") {
  DeviceStatus status = healthy();
  std::string before = signature(status);
  const auto check_changed = [&] {
    const std::string after = signature(status);
    CHECK(after != before);
    before = after;
  };

  status.update = staged();
  check_changed();
  status.update->step = "on-trial";
  check_changed();
  status.update->result = "release 12 (1.4.0) is installed";
  check_changed();
  status.update->waits_for = "not-in-rollout: release 13 is rolled out to 0 % of the devices; this one has place 3";
  check_changed();
  status.update->refusal = "frozen: the beacon serves a freshness statement of yesterday";
  check_changed();

  status.update->refusal = "frozen: the beacon serves a freshness statement of today";
  CHECK(signature(status) == before);
}

TEST_CASE("the document says which update is served, staged and installed, and what became of it") {
  DeviceStatus status = healthy();
  CHECK_THAT(status_document(status), Contains("\"update\": null"));
  status.update = staged();
  status.update->result = "release 11 (1.3.0) is installed";
  const std::string document = status_document(status);
  CHECK_THAT(document, Contains("\"number\": 12,\n    \"version\": \"1.4.0\",\n    \"staged\": true,"));
  CHECK_THAT(document, Contains("\"waits_for\": null,\n    \"refusal\": null,\n    \"installed\": 11,"));
  CHECK_THAT(document, Contains("\"step\": \"none\",\n    \"result\": \"release 11 (1.3.0) is installed\""));
}

TEST_CASE("the same problem in other words, with a number in it, is no change") {
  DeviceStatus one = healthy();
  one.problem = Error(ErrorKind::unreachable, "no beacon could be reached in 1.2 s", "check the network");
  DeviceStatus other = healthy();
  other.problem = Error(ErrorKind::unreachable, "no beacon could be reached in 3.4 s", "check the network");
  CHECK(signature(one) == signature(other));
}

TEST_CASE("a change is reported after a quarter of an hour at the earliest, no change after a day") {
  const LastReport last{noon, "same"};
  CHECK(next_report(last, "other", noon + 1min) == noon + 15min);
  CHECK(next_report(last, "other", noon + 20min) == noon + 20min);
  CHECK(next_report(last, "same", noon + 20min) == noon + 24h);
  CHECK(next_report(last, "same", noon + 25h) == noon + 25h);
}

TEST_CASE("without a last report, or with one from the future, a report is due now") {
  CHECK(next_report(std::nullopt, "any", noon) == noon);
  CHECK(next_report(LastReport{noon + 24h * 3650, "same"}, "same", noon) == noon);
}

TEST_CASE("the document names the problem with its remedy, and bytes that are no UTF-8 do not break it") {
  DeviceStatus status = healthy();
  status.problem = Error(ErrorKind::local_file, "cannot read a\xff.ndi", "chmod g+r it");
  status.last_done["inventory"] = noon;
  const std::string document = status_document(status);
  CHECK_THAT(document, Contains("\"remedy\": \"chmod g+r it\""));
  CHECK_THAT(document, Contains("\"kind\": \"local_file\""));
  CHECK_THAT(document, Contains("\"days_left\": 90"));
  CHECK_THAT(document, Contains("\"inventory\""));
}

}  // namespace
}  // namespace muster::service
