#include <openssl/x509v3.h>

#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/ssl/site.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using ssl::ServerFault;

namespace {

const Extensions ca_extensions{{NID_basic_constraints, "critical,CA:TRUE"}, {NID_subject_key_identifier, "hash"}};

// Every test of this file holds for both versions.
struct BothVersions : Site {
  BothVersions() { version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION); }
};

}  // namespace

TEST_CASE("a server of an unknown CA is refused", "[server]") {
  const BothVersions site;
  ServerSide side = site.server();
  SECTION("another root") {
    const auto stranger = root("Stranger");
    side.leaf = issue(stranger, server_order());
    side.chain = {stranger.certificate};
    check_refused(site.visit(side), ServerFault::unknown_ca, "(19)");
  }
  SECTION("another root of the same name") {
    side.leaf = issue(root(), server_order());
    side.chain = {};
    const auto meeting = site.visit(side);
    CHECK_FALSE(meeting.client_done);
    CHECK(meeting.record->fault != ServerFault::none);
  }
  SECTION("its own") {
    side.leaf = self_signed(server_order());
    side.chain = {};
    const auto meeting = site.visit(side);
    check_refused(meeting, ServerFault::unknown_ca, "(18)");
    CHECK_FALSE(meeting.record->issuer_missing);
  }
  SECTION("intermediate not sent") {
    side.chain = {};
    const auto meeting = site.visit(side);
    check_refused(meeting, ServerFault::unknown_ca, "its issuer is CN=Test Intermediate");
    CHECK(meeting.record->issuer_missing);
  }
}

TEST_CASE("a leaf that plays CA is refused", "[server]") {
  const BothVersions site;
  ServerSide side = site.server();
  const auto fake = issue(side.leaf, server_order());
  side.chain = {side.leaf.certificate, site.middle.certificate};
  side.leaf = fake;
  const auto meeting = site.visit(side);
  CHECK_FALSE(meeting.client_done);
  CHECK(meeting.record->fault != ServerFault::none);
}

TEST_CASE("a server certificate out of its dates is refused with the date", "[server]") {
  const BothVersions site;
  Order order = server_order();
  SECTION("expired") {
    order.begins = -4000 * day;
    order.end = "20240229120000Z";
    check_refused(site.visit(site.server(order)), ServerFault::expired, "(10) on 2024-02-29 12:00:00 UTC");
  }
  SECTION("not yet valid") {
    order.begins = day;
    check_refused(site.visit(site.server(order)), ServerFault::not_yet_valid, "(9) before ");
  }
}

TEST_CASE("a server certificate without an end is accepted", "[server]") {
  const BothVersions site;
  Order order = server_order();
  order.end = "99991231235959Z";
  check_accepted(site.visit(site.server(order)));
}

TEST_CASE("a server certificate for another name is refused, with the names it has", "[server]") {
  const BothVersions site;
  const auto side = site.server(server_order("DNS:beacon.example.com,IP:10.0.0.1,IP:fd00::1"));
  const auto meeting = site.visit(side);
  check_refused(meeting, ServerFault::wrong_name, "(62)");
  CHECK_THAT(meeting.record->fault_text, Contains("beacon.example.com, 10.0.0.1, fd00:0:0:0:0:0:0:1"));
  CHECK(meeting.record->fault_subject == "CN=localhost");
  check_refused(site.visit(side, "10.0.0.2"), ServerFault::wrong_name, "(64)");
}

TEST_CASE("the subject of a certificate never counts as a name", "[server]") {
  const BothVersions site;
  check_refused(site.visit(site.server(server_order(""))), ServerFault::wrong_name, "no subjectAltName");
  check_refused(site.visit(site.server(server_order("email:localhost@localhost"))), ServerFault::wrong_name, "(62)");
}

TEST_CASE("a name is no address and an address is no name", "[server]") {
  const BothVersions site;
  check_refused(site.visit(site.server(server_order("DNS:127.0.0.1")), "127.0.0.1"), ServerFault::wrong_name, "(64)");
}

TEST_CASE("names that a certificate has are accepted", "[server]") {
  const BothVersions site;
  check_accepted(site.visit(site.server()));
  check_accepted(site.visit(site.server(), "LocalHost"));
  check_accepted(site.visit(site.server(), "localhost."));
  check_accepted(site.visit(site.server(), "127.0.0.1"));
  check_accepted(site.visit(site.server(server_order("IP:::1")), "::1"));
  check_accepted(site.visit(site.server(server_order("DNS:*.example.com")), "beacon.example.com"));
}

TEST_CASE("a wildcard stands for one whole label", "[server]") {
  const BothVersions site;
  for (const char* name : {"*.example.com", "b*.a.example.com", "*"}) {
    INFO(name);
    const auto side = site.server(server_order("DNS:" + std::string(name)));
    check_refused(site.visit(side, "beacon.a.example.com"), ServerFault::wrong_name, "(62)");
    check_refused(site.visit(side, "example.com"), ServerFault::wrong_name, "(62)");
  }
}

TEST_CASE("a host with an underscore is covered by the wildcard of its domain", "[server]") {
  const BothVersions site;
  const auto side = site.server(server_order("DNS:*.example.com"));
  check_accepted(site.visit(side, "my_host.example.com"));
  check_accepted(site.visit(side, "My_Host.Example.COM"));
  check_accepted(site.visit(site.server(server_order("DNS:my_host.example.com")), "my_host.example.com"));
}

TEST_CASE("an underscore opens nothing else", "[server]") {
  const BothVersions site;
  const auto side = site.server(server_order("DNS:*.example.com"));
  for (const char* host : {"my_host.a.example.com", "my_host.other.com", "my_host.a.b.example.com", "a.my_host.com"}) {
    INFO(host);
    check_refused(site.visit(side, host), ServerFault::wrong_name, "(62)");
  }
  check_refused(site.visit(site.server(server_order("DNS:my*.example.com")), "my_host.example.com"),
                ServerFault::wrong_name, "(62)");
  check_refused(site.visit(site.server(server_order("DNS:*.com")), "my_host.com"), ServerFault::wrong_name, "(62)");
  check_refused(site.visit(site.server(server_order("DNS:*")), "my_host"), ServerFault::wrong_name, "(62)");
}

TEST_CASE("an underscore does not excuse an unknown CA", "[server]") {
  const BothVersions site;
  ServerSide side = site.server();
  side.leaf = issue(root("Stranger"), server_order("DNS:*.example.com"));
  side.chain = {};
  check_refused(site.visit(side, "my_host.example.com"), ServerFault::unknown_ca, "(20)");
}

TEST_CASE("a certificate that is not for a server is refused", "[server]") {
  const BothVersions site;
  Order order{"localhost", {{NID_ext_key_usage, "clientAuth"}, {NID_subject_alt_name, "DNS:localhost"}}};
  check_refused(site.visit(site.server(order)), ServerFault::wrong_usage, "(26)");
}

TEST_CASE("an intermediate in the CA file is an anchor of its own", "[server]") {
  BothVersions site;
  site.settings.ca_file = site.scratch.write("cert.pem", pem(site.middle.certificate));
  check_accepted(site.visit(site.server()));
}

TEST_CASE("an old home-made root without critical constraints is accepted", "[server]") {
  BothVersions site;
  const auto old = self_signed({"Old Root", {{NID_basic_constraints, "CA:TRUE"}}});
  site.settings.ca_file = site.scratch.write("cert.pem", pem(old.certificate));
  ServerSide side = site.server();
  side.leaf = issue(old, server_order());
  side.chain = {};
  check_accepted(site.visit(side));
}

TEST_CASE("CAs that somebody else adds to the context are not trusted", "[server]") {
  const BothVersions site;
  const auto stranger = root("Stranger");
  ServerSide side = site.server();
  side.leaf = issue(stranger, server_order());
  const ssl::ClientContext client(nullptr, site.trust());
  const auto add = [&](SSL_CTX* context) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), stranger.certificate.get());
  };
  check_refused(meet(client, side, "localhost", add), ServerFault::unknown_ca, "(20)");
  check_refused(meet(client, side, "localhost"), ServerFault::unknown_ca, "(20)");
}

TEST_CASE("without a check of the server every server is accepted, and nothing is logged for each", "[server]") {
  BothVersions site;
  site.settings.check_server = false;
  ServerSide side = site.server();
  side.leaf = self_signed({"stranger", {}, -2 * day, -day});
  const ssl::ClientContext client(nullptr, site.trust());
  const CapturedStream captured;
  check_accepted(meet(client, side, "localhost"));
  check_accepted(meet(client, side, "localhost"));
  CHECK(captured.text().empty());
}

TEST_CASE("an empty host or one with a zero byte is never connected to", "[server]") {
  const Site site;
  const ssl::ClientContext client(nullptr, site.trust());
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  for (const std::string& host : {std::string(), std::string("."), std::string("localhost\0.evil", 15)}) {
    CHECK_FALSE(client.before_handshake(context.get(), host));
  }
}

TEST_CASE("TLS below 1.2 is not spoken", "[server]") {
  const Site site;
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  REQUIRE(ssl::ClientContext(nullptr, site.trust()).before_handshake(context.get(), "localhost"));
  CHECK(SSL_CTX_get_min_proto_version(context.get()) == TLS1_2_VERSION);
  CHECK(SSL_CTX_get_verify_mode(context.get()) == SSL_VERIFY_PEER);
}

TEST_CASE("a context may be prepared again, for another host", "[server]") {
  const Site site;
  const ssl::ClientContext client(nullptr, site.trust());
  const auto again = [&](SSL_CTX* context) { REQUIRE(client.before_handshake(context, "elsewhere.example.com")); };
  CHECK_FALSE(meet(client, site.server(), "localhost", again).client_done);
}

TEST_CASE("a context that could not be prepared again trusts nobody", "[server]") {
  const Site site;
  const ssl::ClientContext client(nullptr, site.trust());
  const auto fail = [&](SSL_CTX* context) { REQUIRE_FALSE(client.before_handshake(context, "")); };
  CHECK_FALSE(meet(client, site.server(), "localhost", fail).client_done);
}

TEST_CASE("a fault of a CA says whether this machine or the server has its certificate", "[server]") {
  BothVersions site;
  SECTION("a root in our trust store expired") {
    site.top = self_signed({.name = "Test Root", .extensions = ca_extensions, .begins = -2 * day, .ends = -day});
    site.middle = intermediate(site.top);
    site.scratch.write("cert.pem", pem(site.top.certificate));
    const auto meeting = site.visit(site.server());
    check_refused(meeting, ServerFault::expired, "(10)");
    CHECK(meeting.record->fault_subject == "CN=Test Root");
    CHECK(meeting.record->blamed == ssl::BlamedCertificate::trusted_ca);
  }
  SECTION("an intermediate in our trust store expired") {
    site.middle =
        issue(site.top, {.name = "Test Intermediate", .extensions = ca_extensions, .begins = -2 * day, .ends = -day});
    site.scratch.write("cert.pem", pem(site.top.certificate) + pem(site.middle.certificate));
    ServerSide side = site.server();
    SECTION("and is sent") {}
    SECTION("and is not sent") { side.chain = {}; }
    const auto meeting = site.visit(side);
    check_refused(meeting, ServerFault::expired, "(10)");
    CHECK(meeting.record->blamed == ssl::BlamedCertificate::trusted_ca);
  }
  SECTION("a root in our trust store is not valid yet") {
    site.top = self_signed({.name = "Test Root", .extensions = ca_extensions, .begins = day, .ends = 3 * day});
    site.middle = intermediate(site.top);
    site.scratch.write("cert.pem", pem(site.top.certificate));
    const auto meeting = site.visit(site.server());
    check_refused(meeting, ServerFault::not_yet_valid, "(9)");
    CHECK(meeting.record->blamed == ssl::BlamedCertificate::trusted_ca);
  }
  SECTION("an intermediate that the server alone has expired") {
    site.middle =
        issue(site.top, {.name = "Test Intermediate", .extensions = ca_extensions, .begins = -2 * day, .ends = -day});
    const auto meeting = site.visit(site.server());
    check_refused(meeting, ServerFault::expired, "(10)");
    CHECK(meeting.record->blamed == ssl::BlamedCertificate::sent_issuer);
  }
  SECTION("the server's own certificate expired") {
    Order order = server_order();
    order.ends = -day / 2;
    const auto meeting = site.visit(site.server(order));
    check_refused(meeting, ServerFault::expired, "(10)");
    CHECK(meeting.record->blamed == ssl::BlamedCertificate::servers_own);
  }
}

TEST_CASE("an address that was written as a DNS name is named as such", "[server]") {
  const BothVersions site;
  const auto meeting = site.visit(site.server(server_order("DNS:127.0.0.1,DNS:localhost")), "127.0.0.1");
  check_refused(meeting, ServerFault::wrong_name, "127.0.0.1 (as a DNS name and not as an IP address), localhost");
}

TEST_CASE("the issuer of a server in a file that is not named by its hash is found", "[server]") {
  BothVersions site;
  site.settings.ca_path = site.scratch.folder("certs");
  const auto corporate = root("Corporate Root");
  const auto middle = intermediate(corporate);
  ServerSide side = site.server();
  side.leaf = issue(middle, server_order());
  side.chain = {middle.certificate};

  std::string content;
  SECTION("in PEM form") { content = pem(corporate.certificate); }
  SECTION("in DER form") { content = der(corporate.certificate); }
  SECTION("behind another CA") { content = pem(root("Other").certificate) + pem(corporate.certificate); }
  const auto file = site.scratch.write("certs/corp-root.crt", content);
  site.scratch.write("certs/README", "certificates of the company");
  const auto meeting = site.visit(side);
  check_refused(meeting, ServerFault::unknown_ca, "");
  CHECK(meeting.record->unused_ca_file == file.string());
}

TEST_CASE("a name that a server chose is cut in messages", "[server]") {
  const BothVersions site;
  const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c');
  const auto meeting = site.visit(site.server(server_order("DNS:" + longest)));
  check_refused(meeting, ServerFault::wrong_name, std::string(63, 'b').substr(0, 36) + "...");
  CHECK(meeting.record->fault_text.size() < 200);
}
