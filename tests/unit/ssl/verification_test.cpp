#include <openssl/ssl.h>

#include <catch2/catch.hpp>

#include "tests/unit/ssl/server.h"

using namespace muster;
using ssl::RevocationCheck;
using ssl::ServerFault;
using test::CrlProfile;
using test::issue;
using test::make_crl;
using test::Pair;
using test::Profile;
using test::ServerProfile;
using test::shake_hands;
using Catch::Matchers::Contains;

namespace {

const Profile beacon{.name = "beacon", .alternative = "DNS:localhost,IP:127.0.0.1,IP:::1", .extended_usage = "serverAuth"};
const Profile authority{.name = "Middle", .usage = "keyCertSign,cRLSign", .authority = true};

// Root -> Middle -> server, with fresh CRLs of both CAs, on TLS 1.2 and 1.3.
struct Rig {
  test::Folder folder;
  Pair root = test::make_root("Root");
  Pair middle = issue(root, authority);
  ssl::TrustSettings settings;
  int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);

  Rig() {
    std::filesystem::create_directory(folder / "crls");
    settings.ca_file = folder.write("ca.pem", root.certificate_pem());
    settings.ca_path = folder / "certs";
    settings.crl_path = folder / "crls";
    crl("root", make_crl(root, {}));
    crl("middle", make_crl(middle, {}));
  }

  void crl(const std::string& name, const std::string& pem) { folder.write("crls/" + name, pem); }
  void no_crl(const std::string& name) { std::filesystem::remove(folder / ("crls/" + name)); }

  test::Handshaken connect(const Pair& server, const std::string& host = "localhost") {
    auto trust = ssl::Trust::load(settings);
    REQUIRE(trust);
    return shake_hands(ssl::ClientContext(nullptr, *trust), host,
                       {.pair = &server, .chain = {&middle}, .version = version});
  }
  ServerFault fault(const Pair& server, const std::string& host = "localhost") {
    const auto result = connect(server, host);
    CHECK(result.client_done == (result.record.fault == ServerFault::none));
    return result.record.fault;
  }
  ServerFault fault(const Profile& profile, const std::string& host = "localhost") {
    return fault(issue(middle, profile), host);
  }
};

}  // namespace

TEST_CASE("a good server is trusted by name and by address", "[verification]") {
  Rig rig;
  const auto host = GENERATE("localhost", "127.0.0.1", "::1");
  const auto result = rig.connect(issue(rig.middle, beacon), host);
  CHECK(result.client_done);
  CHECK(result.record.complete);
  CHECK_THAT(result.record.protocol, Contains(rig.version == TLS1_2_VERSION ? "1.2" : "1.3"));
}

TEST_CASE("a server of an unknown CA is refused", "[verification]") {
  Rig rig;
  const Pair stranger = test::make_root("Stranger");
  CHECK(rig.fault(issue(stranger, beacon)) == ServerFault::unknown_ca);
}

TEST_CASE("an expired server and one of the future are told apart", "[verification]") {
  Rig rig;
  Profile profile = beacon;
  profile.valid_from = -7200;
  profile.valid_to = -60;
  CHECK(rig.fault(profile) == ServerFault::expired);
  profile = beacon;
  profile.valid_from = 600;
  CHECK(rig.fault(profile) == ServerFault::not_yet_valid);
}

TEST_CASE("the subject's CN never stands for a name", "[verification]") {
  Rig rig;
  Profile profile = beacon;
  profile.name = "localhost";
  profile.alternative = GENERATE("", "IP:192.0.2.1", "DNS:elsewhere.example");
  CHECK(rig.fault(profile) == ServerFault::wrong_name);
}

TEST_CASE("wildcards cover one whole label", "[verification]") {
  Rig rig;
  Profile profile = beacon;
  profile.alternative = "DNS:*.example.com,DNS:part*.example.org";
  const Pair server = issue(rig.middle, profile);
  CHECK(rig.fault(server, "paris.example.com") == ServerFault::none);
  CHECK(rig.fault(server, "my_beacon.example.com") == ServerFault::none);
  CHECK(rig.fault(server, "my_beacon.paris.example.com") == ServerFault::wrong_name);
  CHECK(rig.fault(server, "a.b.example.com") == ServerFault::wrong_name);
  CHECK(rig.fault(server, "example.com") == ServerFault::wrong_name);
  CHECK(rig.fault(server, "partial.example.org") == ServerFault::wrong_name);
  CHECK(rig.fault(server, "part_ial.example.org") == ServerFault::wrong_name);
}

TEST_CASE("a certificate for clients is none for a server", "[verification]") {
  Rig rig;
  Profile profile = beacon;
  profile.extended_usage = "clientAuth";
  CHECK(rig.fault(profile) == ServerFault::wrong_usage);
}

TEST_CASE("a revoked server is refused whatever the check, unless it is off", "[verification]") {
  Rig rig;
  const Pair server = issue(rig.middle, beacon);
  rig.crl("middle", make_crl(rig.middle, {.revoked = {&server}}));
  rig.settings.revocation = GENERATE(RevocationCheck::required, RevocationCheck::best_effort);
  CHECK(rig.fault(server) == ServerFault::revoked);
  rig.settings.revocation = RevocationCheck::off;
  CHECK(rig.fault(server) == ServerFault::none);
}

TEST_CASE("a revoked server is refused by a CRL that is out of date", "[verification]") {
  Rig rig;
  const Pair server = issue(rig.middle, beacon);
  rig.crl("middle", make_crl(rig.middle, {.revoked = {&server}, .valid_from = -7200, .valid_to = -60}));
  CHECK(rig.fault(server) == ServerFault::revoked);
}

TEST_CASE("a revoked CA takes its servers with it", "[verification]") {
  Rig rig;
  rig.crl("root", make_crl(rig.root, {.revoked = {&rig.middle}}));
  CHECK(rig.fault(beacon) == ServerFault::revoked);
}

TEST_CASE("not knowing is a refusal of its own, for each certificate but the anchor", "[verification]") {
  Rig rig;
  rig.no_crl(GENERATE("root", "middle"));
  const auto result = rig.connect(issue(rig.middle, beacon));
  CHECK(result.record.fault == ServerFault::revocation_unknown);
  CHECK_FALSE(result.client_done);
  rig.settings.revocation = RevocationCheck::best_effort;
  CHECK(rig.fault(beacon) == ServerFault::none);
  rig.settings.revocation = RevocationCheck::off;
  CHECK(rig.fault(beacon) == ServerFault::none);
}

TEST_CASE("a CRL that is out of date, of the future or badly signed is no evidence", "[verification]") {
  Rig rig;
  const Pair stranger = test::make_root("Stranger");
  for (const CrlProfile& profile : {CrlProfile{.valid_from = -7200, .valid_to = -60},
                                    CrlProfile{.valid_from = 600, .valid_to = 7200},
                                    CrlProfile{.signed_by = stranger.key.get()}}) {
    rig.crl("middle", make_crl(rig.middle, profile));
    CHECK(rig.fault(beacon) == ServerFault::revocation_unknown);
  }
}

TEST_CASE("an entry in a forged CRL makes unknown, not revoked", "[verification]") {
  Rig rig;
  const Pair stranger = test::make_root("Stranger");
  const Pair server = issue(rig.middle, beacon);
  rig.crl("middle", make_crl(rig.middle, {.revoked = {&server}, .signed_by = stranger.key.get()}));
  CHECK(rig.fault(server) == ServerFault::revocation_unknown);
  rig.settings.revocation = RevocationCheck::best_effort;
  CHECK(rig.fault(server) == ServerFault::none);
}

TEST_CASE("CRLs that are not to be used are no evidence", "[verification]") {
  Rig rig;
  rig.settings.use_crls = false;
  CHECK(rig.fault(beacon) == ServerFault::revocation_unknown);
}

TEST_CASE("an intermediate that is itself an anchor needs neither its issuer nor a CRL of that", "[verification]") {
  Rig rig;
  rig.settings.ca_file = rig.folder.write("ca.pem", rig.middle.certificate_pem());
  rig.no_crl("root");
  CHECK(rig.fault(beacon) == ServerFault::none);
}

TEST_CASE("with the check of servers off everything is accepted", "[verification]") {
  Rig rig;
  rig.settings.check_server = false;
  const Pair stranger = test::make_root("Stranger");
  CHECK(rig.fault(issue(stranger, beacon), "elsewhere.example") == ServerFault::none);
}

TEST_CASE("roots are found in a hash folder, and a broken one is not skipped", "[trust]") {
  Rig rig;
  rig.settings.ca_file = rig.folder / "absent.pem";
  CHECK_FALSE(ssl::Trust::load(rig.settings));
  std::filesystem::create_directory(rig.folder / "certs");
  rig.folder.write("certs/README", "not a certificate");
  CHECK_FALSE(ssl::Trust::load(rig.settings));
  rig.folder.write("certs/9d66eef0.0", rig.root.certificate_pem());
  CHECK(rig.fault(beacon) == ServerFault::none);
  rig.folder.write("certs/9d66eef0.1", "broken");
  const auto broken = ssl::Trust::load(rig.settings);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().kind == ErrorKind::untrusted_server);
  CHECK_THAT(broken.error().message, Contains("9d66eef0.1"));
}

TEST_CASE("a generation is known by the content of its trust", "[trust]") {
  Rig rig;
  const auto before = (*ssl::Trust::load(rig.settings))->content_key();
  CHECK((*ssl::Trust::load(rig.settings))->content_key() == before);
  rig.crl("middle", make_crl(rig.middle, {.valid_to = 7200}));
  CHECK((*ssl::Trust::load(rig.settings))->content_key() != before);
}

namespace {

std::shared_ptr<const ssl::Identity> identity_of(const test::Folder& folder, const Pair& pair) {
  const auto identity = ssl::Identity::load({folder.write("c.pem", pair.certificate_pem()), folder.write("k.pem", pair.key_pem())},
                                            wall_now());
  REQUIRE(identity);
  return *identity;
}

}  // namespace

TEST_CASE("our certificate is shown to a trusted server that asks for it", "[handshake]") {
  Rig rig;
  const Pair device = issue(rig.root, {.name = "device", .extended_usage = "clientAuth"});
  const Pair server = issue(rig.middle, beacon);
  const ssl::ClientContext client(identity_of(rig.folder, device), *ssl::Trust::load(rig.settings));
  const auto result = shake_hands(client, "localhost",
                                  {.pair = &server, .chain = {&rig.middle}, .client_ca = &rig.root, .version = rig.version});
  CHECK(result.server_done);
  CHECK(result.client_name == "device");
  CHECK(result.record.certificate_requested);
  CHECK(result.record.certificate_sent);
  CHECK(result.record.requested_cas == std::vector<std::string>{"CN=Root"});
  CHECK_FALSE(result.record.alert_received);
}

TEST_CASE("a server that is refused never sees our certificate", "[handshake]") {
  Rig rig;
  const Pair device = issue(rig.root, {.name = "device", .extended_usage = "clientAuth"});
  const Pair stranger = test::make_root("Stranger");
  const Pair server = issue(stranger, beacon);
  const ssl::ClientContext client(identity_of(rig.folder, device), *ssl::Trust::load(rig.settings));
  const auto result = shake_hands(client, "localhost", {.pair = &server, .client_ca = &rig.root, .version = rig.version});
  CHECK_FALSE(result.server_done);
  CHECK(result.client_name.empty());
}

TEST_CASE("a server's refusal of our certificate is known by its alert", "[handshake]") {
  Rig rig;
  const Pair stranger = test::make_root("Stranger");
  const Pair device = issue(stranger, {.name = "device", .extended_usage = "clientAuth"});
  const Pair server = issue(rig.middle, beacon);
  const ServerProfile profile{.pair = &server, .chain = {&rig.middle}, .client_ca = &rig.root, .version = rig.version};
  const ssl::ClientContext client(identity_of(rig.folder, device), *ssl::Trust::load(rig.settings));
  const auto refused = shake_hands(client, "localhost", profile);
  REQUIRE(refused.record.alert_received);
  CHECK(ssl::blames_client_certificate(refused.record));
  const auto without = shake_hands(ssl::ClientContext(nullptr, *ssl::Trust::load(rig.settings)), "localhost", profile);
  REQUIRE(without.record.alert_received);
  CHECK(without.record.certificate_requested);
  CHECK_FALSE(without.record.certificate_sent);
  CHECK(ssl::blames_client_certificate(without.record));
}
