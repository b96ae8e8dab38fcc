#include <openssl/x509v3.h>

#include "tests/unit/ssl/site.h"

using namespace muster;
using namespace muster::testing;

namespace {

struct Visit : Site {
  ServerSide side;

  Visit() {
    version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    side = server();
    side.client_cas = {top.certificate};
  }
};

}  // namespace

TEST_CASE("a server that refuses our certificate is heard by its alert", "[client]") {
  Visit site;
  site.enrol();
  site.side.client_cas = {root("Other").certificate};
  const auto meeting = site.visit(site.side);
  CHECK_FALSE(meeting.data_arrived);
  CHECK(meeting.record->alert_received == 48);
  CHECK(meeting.record->alert_name == "unknown CA");
  CHECK(meeting.record->certificate_sent);
  CHECK(meeting.record->fault == ssl::ServerFault::none);
  CHECK(ssl::blames_client_certificate(*meeting.record));
}

TEST_CASE("a server that demands a certificate, where we have none, is heard by its alert", "[client]") {
  const Visit site;
  const auto meeting = site.visit(site.side);
  CHECK_FALSE(meeting.data_arrived);
  CHECK(meeting.record->certificate_requested);
  CHECK_FALSE(meeting.record->certificate_sent);
  CHECK(meeting.record->alert_received == (site.version == TLS1_3_VERSION ? 116 : 40));
  CHECK(meeting.record->alert_name == (site.version == TLS1_3_VERSION ? "certificate required" : "handshake failure"));
  CHECK(ssl::blames_client_certificate(*meeting.record));
}

TEST_CASE("the certificate is shown when it is asked for, with the CAs that are wanted", "[client]") {
  Visit site;
  site.enrol();
  const auto meeting = site.visit(site.side);
  check_accepted(meeting);
  CHECK(meeting.client_seen == "device-1");
  CHECK(meeting.record->certificate_requested);
  CHECK(meeting.record->certificate_sent);
  CHECK(meeting.record->requested_cas == std::vector<std::string>{"CN=Test Root"});
  CHECK(meeting.record->protocol == (site.version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2"));
  if (site.version == TLS1_3_VERSION) {
    CHECK(meeting.record->cipher == "TLS_AES_128_GCM_SHA256");  // the cheapest, where the server leaves it to us
  } else {
    CHECK_FALSE(meeting.record->cipher.empty());
  }
  CHECK(meeting.record_of_connection);
}

TEST_CASE("the certificate is not shown where it is not asked for", "[client]") {
  Visit site;
  site.enrol();
  site.side.client_cas = {};
  const auto meeting = site.visit(site.side);
  check_accepted(meeting);
  CHECK(meeting.client_seen.empty());
  CHECK_FALSE(meeting.record->certificate_requested);
}

TEST_CASE("a server that only would like a certificate is content without one", "[client]") {
  Visit site;
  site.side.certificate_demanded = false;
  const auto meeting = site.visit(site.side);
  check_accepted(meeting);
  CHECK(meeting.record->certificate_requested);
  CHECK_FALSE(meeting.record->certificate_sent);
}

TEST_CASE("a server may ask for the certificate after the handshake", "[client]") {
  Visit site;
  site.side.ask_late = true;
  SECTION("and gets it") {
    site.enrol();
    const auto meeting = site.visit(site.side);
    check_accepted(meeting);
    CHECK(meeting.client_seen == "device-1");
    CHECK(meeting.record->certificate_sent);
  }
  SECTION("and is heard when there is none") {
    const auto meeting = site.visit(site.side);
    CHECK(meeting.record->certificate_requested);
    CHECK(ssl::blames_client_certificate(*meeting.record));
  }
}

TEST_CASE("the whole chain of our certificate is sent", "[client]") {
  Visit site;
  const auto client = issue(site.middle, client_order());
  const auto loaded =
      ssl::Identity::load({site.scratch.write("client.pem", pem(site.middle.certificate) + pem(client.certificate)),
                           site.scratch.write("client.key", pkcs8(client.key)),
                           {}},
                          wall_now());
  REQUIRE(loaded);
  site.identity = *loaded;
  const auto meeting = site.visit(site.side);
  check_accepted(meeting);
  CHECK(meeting.client_chain == 2);
}

TEST_CASE("our certificate is never shown to a server that is not trusted", "[client]") {
  Visit site;
  site.enrol();
  site.side.leaf = self_signed(server_order());
  site.side.chain = {};
  const auto meeting = site.visit(site.side);
  CHECK_FALSE(meeting.client_done);
  CHECK_FALSE(meeting.record->certificate_sent);
  CHECK(meeting.client_chain == 0);
}

TEST_CASE("an orderly end and a mere warning are no refusal", "[client]") {
  Visit site;
  site.side.warning_alert = GENERATE(0, 90, 112);
  const auto meeting = site.visit(site.side);
  if (site.version == TLS1_3_VERSION && site.side.warning_alert == 112) {
    CHECK(meeting.record->alert_received == 112);  // RFC 8446, 6: fatal whatever its level says
  } else {
    CHECK(meeting.record->alert_received.value_or(0) != site.side.warning_alert);
  }
}

TEST_CASE("only alerts about certificates blame ours, and only where one was asked for", "[client]") {
  ssl::Handshake record;
  CHECK_FALSE(ssl::blames_client_certificate(record));
  for (const int alert : {40, 42, 43, 44, 45, 46, 48, 49, 116}) {
    record.certificate_requested = false;
    record.alert_received = alert;
    CHECK_FALSE(ssl::blames_client_certificate(record));
    record.certificate_requested = true;
    CHECK(ssl::blames_client_certificate(record));
  }
  for (const int alert : {10, 20, 47, 50, 51, 70, 80, 112}) {
    record.alert_received = alert;
    CHECK_FALSE(ssl::blames_client_certificate(record));
  }
}

TEST_CASE("the generation's name changes with identity and with trust", "[client]") {
  Site site;
  const auto trust = site.trust();
  const auto without = ssl::ClientContext(nullptr, trust).content_key();
  site.enrol();
  const auto with = ssl::ClientContext(site.identity, trust).content_key();
  CHECK(with != without);
  CHECK(ssl::ClientContext(site.identity, site.trust()).content_key() == with);
  site.settings.revocation = ssl::RevocationCheck::best_effort;
  CHECK(ssl::ClientContext(site.identity, site.trust()).content_key() != with);
}
