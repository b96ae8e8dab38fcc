#include <catch2/catch.hpp>

#include "tests/unit/policy/update/release_scene.h"

namespace muster::update {
namespace {

struct Scene {
  Release release = release_of(12, "the package");
  Freshness freshness = freshness_of(release);
  Device device{"laptop-17", platform_here, ""};
  Past past{false, 11, {}, day_of_release};
  WallTime now = day_of_release + std::chrono::hours(48);

  Ruling ruling() const { return judge(release, freshness, device, past, now); }
};

void refused_for(const Scene& scene, Reason reason, const std::string& part) {
  const Ruling ruling = scene.ruling();
  CHECK(ruling.action == Ruling::Action::refuse);
  CHECK(name(ruling.why.reason) == name(reason));
  CHECK(ruling.why.text.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("A newer release for this device is installed") { CHECK(Scene().ruling().action == Ruling::Action::install); }

TEST_CASE("An old release is refused as old") {
  Scene scene;
  scene.past.number = 13;
  refused_for(scene, Reason::old, "release 12 is older than 13");
}

TEST_CASE("A beacon that serves the same statements for ever is noticed as frozen") {
  Scene scene;
  scene.now = scene.freshness.expires;
  CHECK(scene.ruling().action == Ruling::Action::install);
  scene.now += seconds(1);
  refused_for(scene, Reason::frozen, "expired");
}

TEST_CASE("A freshness statement from before one that was seen is refused as replayed") {
  Scene scene;
  scene.past.freshness = scene.freshness.issued + seconds(1);
  refused_for(scene, Reason::replayed, "seen before");
}

TEST_CASE("A freshness statement of the future is refused: this device's clock is wrong") {
  Scene scene;
  scene.now = scene.freshness.issued - std::chrono::hours(2);
  refused_for(scene, Reason::not_yet_valid, "clock says");
}

TEST_CASE("A release with the freshness statement of another one is refused as mixed") {
  Scene scene;
  SECTION("another number") { scene.freshness = freshness_of(release_of(13, "the package")); }
  SECTION("another package under the same number") { scene.freshness = freshness_of(release_of(12, "another")); }
  SECTION("none for this platform") { scene.freshness.releases.clear(); }
  refused_for(scene, Reason::mixed, "release 12 is served with a freshness statement that names");
}

TEST_CASE("A release of another product or platform is refused as that") {
  Scene scene;
  scene.release.product = "other";
  refused_for(scene, Reason::wrong_product, "'other'");
  scene = Scene();
  scene.freshness.product = "other";
  refused_for(scene, Reason::wrong_product, "'other'");
  scene = Scene();
  scene.device.platform = "linux-x86_64-rpm";
  refused_for(scene, Reason::wrong_platform, "linux-x86_64-rpm");
}

TEST_CASE("A number that was rolled back is never tried again, whatever else is right") {
  Scene scene;
  scene.past.rolled_back = {12};
  refused_for(scene, Reason::rolled_back, "12");
  scene.past.number = 12;
  refused_for(scene, Reason::rolled_back, "12");
}

TEST_CASE("Nothing is installed where the record of what was installed is lost") {
  Scene scene;
  scene.past = Past();
  scene.past.lost = true;
  refused_for(scene, Reason::lost_state, "lost");
}

TEST_CASE("A release that was withdrawn by its date is refused") {
  Scene scene;
  scene.release.not_after = scene.now;
  CHECK(scene.ruling().action == Ruling::Action::install);
  scene.now += seconds(1);
  refused_for(scene, Reason::withdrawn, "until");
}

TEST_CASE("The release that is installed is nothing to do") {
  Scene scene;
  scene.past.number = 12;
  CHECK(scene.ruling().action == Ruling::Action::wait);
  CHECK(scene.ruling().why.reason == Reason::current);
}

TEST_CASE("Where policy wants a version, every other one waits") {
  Scene scene;
  scene.device.wanted_version = "1.11";
  CHECK(scene.ruling().action == Ruling::Action::wait);
  CHECK(scene.ruling().why.reason == Reason::not_wanted);
  scene.device.wanted_version = "1.12";
  CHECK(scene.ruling().action == Ruling::Action::install);
}

TEST_CASE("A roll-out reaches its share of the devices, keeps those it has reached, and at last reaches all") {
  constexpr unsigned devices = 2000;
  unsigned reached_before = 0;
  for (unsigned percent = 0; percent <= 100; percent += 10) {
    unsigned reached = 0;
    for (unsigned index = 0; index < devices; ++index) {
      Scene scene;
      scene.device.name = fmt::format("device-{}", index);
      scene.release.rollout_percent = percent;
      const bool now = scene.ruling().action == Ruling::Action::install;
      reached += now ? 1 : 0;
      if (rollout_place(scene.device.name, 12) + 10 < percent) CHECK(now);
    }
    CHECK(reached >= reached_before);
    CHECK(reached >= devices * percent / 100 * 8 / 10);
    CHECK(reached <= devices * percent / 100 * 12 / 10 + 10);
    reached_before = reached;
  }
  CHECK(reached_before == devices);
  CHECK(rollout_place("device-1", 12) != rollout_place("device-1", 13));
}

TEST_CASE("A package is refused that is longer, shorter or another one than its statement says") {
  const Release release = release_of(12, "the package");
  CHECK_FALSE(judge_package(release, 11, release.sha256));
  CHECK_FALSE(judge_package(release, 11, ""));
  CHECK(judge_package(release, 12, "")->reason == Reason::longer);
  CHECK(judge_package(release, 10, release.sha256)->reason == Reason::shorter);
  CHECK(judge_package(release, 11, text::hex(ssl::sha256("the PACKAGE")))->reason == Reason::wrong_digest);
}

// Whatever single thing is changed, nothing but a release that is newer and named by fresh statements is installed.
TEST_CASE("No combination of circumstances installs an older, banned, foreign or unproved release") {
  for (unsigned bits = 0; bits < 512; ++bits) {
    Scene scene;
    if (bits & 1U) scene.past.number = 13;
    if (bits & 2U) scene.past.rolled_back = {12};
    if (bits & 4U) scene.past.lost = true;
    if (bits & 8U) scene.past.freshness = scene.freshness.issued + seconds(1);
    if (bits & 16U) scene.now = scene.freshness.expires + seconds(1);
    if (bits & 32U) scene.freshness.releases.front().number = 11;
    if (bits & 64U) scene.release.product = "other";
    if (bits & 128U) scene.release.platform = "windows-x86_64-msi";
    if (bits & 256U) scene.release.not_after = day_of_release;
    CHECK((scene.ruling().action == Ruling::Action::install) == (bits == 0));
  }
}

}  // namespace muster::update
