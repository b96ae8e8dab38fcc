// When a replaced certificate, key or trust is taken up.
#include "agent/channel/channels.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using channel::Channels;

namespace {

struct Device {
  ScratchFolder scratch;
  Issued top = root();
  ssl::IdentityFiles files{scratch / "client.pem", scratch / "client.key"};
  WallTime now = wall_now();
  std::unique_ptr<Channels> channels;

  Device() {
    deploy({"first", client_order().extensions});
    ssl::TrustSettings trust;
    trust.check_server = false;
    channels = std::make_unique<Channels>(
        files, trust, channel::EvidenceSettings{}, [] {}, transfer::RateLimits{});
  }
  void deploy(const Order& order, unsigned key_mode = 0600) const {
    const Issued client = issue(top, order);
    scratch.write("client.pem", pem(client.certificate));
    scratch.write("client.key", pkcs8(client.key), key_mode);
  }
  std::string shown(WallTime at) const {
    const auto current = channels->current(at);
    INFO((current ? std::string() : current.error().line()));
    REQUIRE(current);
    return (*current)->identity->leaf().subject;
  }
};

}  // namespace

TEST_CASE("a replacement that is not valid yet is taken up once it is", "[channels]") {
  const Device device;
  CHECK(device.shown(device.now) == "CN=first");
  Order later{"second", client_order().extensions};
  later.begins = 5;
  device.deploy(later);
  const CapturedStream captured;
  CHECK(device.shown(device.now) == "CN=first");
  const std::string warned = captured.text();
  CHECK_THAT(warned, Contains("keeping the previous certificate and trust"));
  CHECK(device.shown(device.now + seconds(59)) == "CN=first");
  CHECK(captured.text() == warned);
  CHECK(device.shown(device.now + seconds(60)) == "CN=second");
}

TEST_CASE("a replacement that was refused is not looked at before every transfer", "[channels]") {
  const Device device;
  CHECK(device.shown(device.now) == "CN=first");
  device.scratch.write("client.pem", "broken");
  CHECK(device.shown(device.now) == "CN=first");
  const CapturedStream captured;
  for (int second = 0; second < 180; ++second) CHECK(device.shown(device.now + seconds(second)) == "CN=first");
  CHECK(captured.text().empty());
}

TEST_CASE("a key whose mode was wrong is taken up as soon as that is mended", "[channels]") {
  const Device device;
  CHECK(device.shown(device.now) == "CN=first");
  device.deploy({"second", client_order().extensions}, 0644);
  CHECK(device.shown(device.now) == "CN=first");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // file systems count time in ticks
  ScratchFolder::set_mode(device.files.key, 0600);
  CHECK(device.shown(device.now) == "CN=second");
}

TEST_CASE("a link that leads nowhere is told once, whatever is fetched meanwhile", "[channels]") {
  const ScratchFolder scratch;
  const Issued top = root();
  ssl::TrustSettings trust;
  trust.ca_file = scratch.write("ca.pem", pem(top.certificate));
  trust.ca_path = scratch.folder("certs");
  trust.crl_path = scratch.folder("crls");
  std::filesystem::create_symlink("nowhere", trust.crl_path / "own.crl");
  std::filesystem::create_symlink("nowhere", trust.ca_path / "12345678.0");
  Channels channels(
      std::nullopt, trust, channel::EvidenceSettings{}, [] {}, transfer::RateLimits{});
  const CapturedStream captured;
  const auto warned = [&] {
    REQUIRE(channels.current(wall_now()));
    const std::string text = captured.text();
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(warned() == 2);
  scratch.write("crls/fetched-1.crl", crl_pem(top));
  scratch.write("crls/.failed-1", "HTTP 404");
  scratch.write("certs/README", "nothing");
  CHECK(warned() == 2);
  scratch.write("crls/deployed.crl", crl_pem(top));
  CHECK(warned() > 2);
}

TEST_CASE("another CA alone makes another number: what was refused before may be trusted now", "[channels]") {
  const ScratchFolder scratch;
  ssl::TrustSettings trust;
  trust.ca_file = scratch.write("ca.pem", pem(root().certificate));
  trust.revocation = ssl::RevocationCheck::off;
  Channels channels(
      std::nullopt, trust, channel::EvidenceSettings{}, [] {}, transfer::RateLimits{});
  const auto former = channels.current(wall_now());
  REQUIRE(former);
  const std::uint64_t number = (*former)->number;

  scratch.write("ca.pem", pem(root().certificate) + pem(root().certificate));
  const auto current = channels.current(wall_now());
  REQUIRE(current);
  CHECK((*current)->number != number);
}

TEST_CASE("a repair is reported at once, also where no file was there", "[channels]") {
  const ScratchFolder scratch;
  const auto home = scratch.folder("so/deep/that/tmp");  // is not watched, where other programs are at work
  const auto place = home / "etc/ssl/client";
  channel::CredentialWatch watch({place / "cert.pem"}, {{home / "certs", ssl::is_ca_name}});
  CHECK(watch.changed());
  watch.start_reports();
  CHECK_FALSE(watch.take_reports());

  const auto reported = [&] {
    const bool first = watch.take_reports();
    return watch.changed() && first;
  };
  scratch.folder("so/deep/that/tmp/etc");
  CHECK(reported());
  scratch.folder("so/deep/that/tmp/etc/ssl/client");
  CHECK(reported());
  scratch.write("so/deep/that/tmp/etc/ssl/client/cert.pem", "x");
  CHECK(reported());
  ScratchFolder::set_mode(place / "cert.pem", 0640);
  CHECK(reported());
  ScratchFolder::set_mode(place, 0700);
  CHECK(reported());
  std::filesystem::rename(home / "etc/ssl", home / "etc/other");
  CHECK(reported());
  scratch.folder("so/deep/that/tmp/certs");
  CHECK(reported());
  CHECK_FALSE(watch.take_reports());
}
