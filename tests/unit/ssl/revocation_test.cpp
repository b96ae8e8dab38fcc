#include <openssl/x509v3.h>

#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/ssl/site.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using ssl::RevocationCheck;
using ssl::ServerFault;

namespace {

struct Revocation : Site {
  ServerSide side;

  Revocation() {
    version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    settings.revocation = RevocationCheck::required;
    side = server();
  }
  // Current CRLs of both CAs, as the orders change them.
  void publish(const CrlOrder& of_middle = {}, const CrlOrder& of_top = {}) const {
    scratch.write("crls/middle.crl", crl_pem(middle, of_middle));
    scratch.write("crls/top.crl", crl_der(top, of_top));
  }
};

}  // namespace

TEST_CASE("a revoked server is refused, however willing the check is", "[revocation]") {
  Revocation site;
  site.settings.revocation = GENERATE(RevocationCheck::required, RevocationCheck::best_effort);
  site.publish({{site.side.leaf.certificate}});
  const auto meeting = site.visit(site.side);
  check_refused(meeting, ServerFault::revoked, "(23)");
  CHECK(meeting.record->fault_subject == "CN=localhost");
}

TEST_CASE("a server below a revoked intermediate is refused", "[revocation]") {
  Revocation site;
  site.settings.revocation = GENERATE(RevocationCheck::required, RevocationCheck::best_effort);
  site.publish({}, {{site.middle.certificate}});
  const auto meeting = site.visit(site.side);
  check_refused(meeting, ServerFault::revoked, "(23)");
  CHECK(meeting.record->fault_subject == "CN=Test Intermediate");
}

TEST_CASE("an expired CRL still revokes what it lists", "[revocation]") {
  Revocation site;
  site.settings.revocation = GENERATE(RevocationCheck::required, RevocationCheck::best_effort);
  site.publish({{site.side.leaf.certificate}, -9 * day, -day});
  check_refused(site.visit(site.side), ServerFault::revoked, "(23)");
}

TEST_CASE("the newer of two CRLs counts", "[revocation]") {
  const Revocation site;
  site.publish({{}, -9 * day, -2 * day});
  site.scratch.write("crls/a-newer.crl", crl_pem(site.middle, {{site.side.leaf.certificate}}));
  check_refused(site.visit(site.side), ServerFault::revoked, "(23)");
}

TEST_CASE("without a CRL the check cannot be made, and the server is refused", "[revocation]") {
  const Revocation site;
  SECTION("of any CA") {
    check_refused(site.visit(site.side), ServerFault::revocation_unknown,
                  "no CRL of its issuer CN=Test Intermediate (3)");
  }
  SECTION("of the intermediate's issuer") {
    site.scratch.write("crls/middle.crl", crl_pem(site.middle));
    const auto meeting = site.visit(site.side);
    check_refused(meeting, ServerFault::revocation_unknown, "no CRL of its issuer CN=Test Root (3)");
    CHECK(meeting.record->fault_subject == "CN=Test Intermediate");
  }
  SECTION("but one of a stranger") {
    site.scratch.write("crls/stranger.crl", crl_pem(root("Stranger")));
    check_refused(site.visit(site.side), ServerFault::revocation_unknown, "(3)");
  }
}

TEST_CASE("a CRL out of its dates is no evidence", "[revocation]") {
  const Revocation site;
  SECTION("expired") {
    site.publish({{}, -9 * day, -day});
    check_refused(site.visit(site.side), ServerFault::revocation_unknown, "CRL has expired (12) on 20");
  }
  SECTION("not yet valid") {
    site.publish({{}, day, 9 * day});
    check_refused(site.visit(site.side), ServerFault::revocation_unknown, "(11)");
  }
}

TEST_CASE("a CRL that its issuer did not sign is no evidence, neither for nor against", "[revocation]") {
  const Revocation site;
  SECTION("empty") { site.publish({{}, -day, 7 * day, ec_key()}); }
  SECTION("listing the server") { site.publish({{site.side.leaf.certificate}, -day, 7 * day, ec_key()}); }
  check_refused(site.visit(site.side), ServerFault::revocation_unknown, "(8)");
}

TEST_CASE("a CRL of a CA that may not sign CRLs is no evidence", "[revocation]") {
  Revocation site;
  site.middle = issue(
      site.top,
      {"Test Intermediate", {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_key_usage, "critical,keyCertSign"}}});
  site.publish();
  check_refused(site.visit(site.server()), ServerFault::revocation_unknown, "(35)");
}

TEST_CASE("a server with current CRLs of all its CAs is accepted", "[revocation]") {
  const Revocation site;
  site.publish({{issue(site.middle, server_order()).certificate}});
  check_accepted(site.visit(site.side));
}

TEST_CASE("an anchor needs no evidence", "[revocation]") {
  Revocation site;
  site.settings.ca_file = site.scratch.write("cert.pem", pem(site.middle.certificate));
  site.scratch.write("crls/middle.crl", crl_pem(site.middle));
  check_accepted(site.visit(site.side));
}

TEST_CASE("with best effort an unknown state is accepted, with one warning for each certificate", "[revocation]") {
  Revocation site;
  site.settings.revocation = RevocationCheck::best_effort;
  const ssl::ClientContext client(nullptr, site.trust());
  const CapturedStream captured;
  check_accepted(meet(client, site.side, "localhost"));
  const std::string first = captured.text();
  CHECK_THAT(first, Contains("not known whether CN=localhost is revoked") && Contains("BestEffort"));
  check_accepted(meet(client, site.side, "localhost"));
  CHECK(captured.text() == first);
}

TEST_CASE("best effort excuses nothing else", "[revocation]") {
  Revocation site;
  site.settings.revocation = RevocationCheck::best_effort;
  check_refused(site.visit(site.side, "elsewhere"), ServerFault::wrong_name, "(62)");
  Order order = server_order();
  order.begins = -3 * day;
  order.ends = -day;
  check_refused(site.visit(site.server(order)), ServerFault::expired, "(10)");
}

TEST_CASE("without the check CRLs do not count", "[revocation]") {
  Revocation site;
  site.settings.revocation = RevocationCheck::off;
  site.publish({{site.side.leaf.certificate}});
  check_accepted(site.visit(site.side));
}

TEST_CASE("a required check without a source of evidence is refused", "[revocation]") {
  Revocation site;
  site.settings.sources = {};
  site.publish();
  check_refused(site.visit(site.side), ServerFault::revocation_unknown, "PrioritizeRevocationChecks");
}

TEST_CASE("another reason to refuse comes before an unknown revocation state", "[revocation]") {
  const Revocation site;
  check_refused(site.visit(site.side, "elsewhere"), ServerFault::wrong_name, "(62)");
}

TEST_CASE("a forged newer CRL does not hide that an older one revokes", "[revocation]") {
  Revocation site;
  site.settings.revocation = GENERATE(RevocationCheck::required, RevocationCheck::best_effort);
  site.publish({{site.side.leaf.certificate}, -2 * day, 7 * day});
  CrlOrder forged;
  forged.begins = -1;
  forged.ends = 9 * day;
  forged.signed_by = site.side.leaf.key;
  site.scratch.write("crls/a-forged.crl", crl_pem(site.middle, forged));
  check_refused(site.visit(site.side), ServerFault::revoked, "(23)");
}

TEST_CASE("an intermediate that is trusted beside its root is judged like any other", "[revocation]") {
  Revocation site;
  site.settings.ca_file = site.scratch.write("cert.pem", pem(site.middle.certificate) + pem(site.top.certificate));
  SECTION("good") {
    site.publish();
    check_accepted(site.visit(site.side));
  }
  SECTION("revoked") {
    site.settings.revocation = GENERATE(RevocationCheck::required, RevocationCheck::best_effort);
    site.publish({}, {{site.middle.certificate}});
    const auto meeting = site.visit(site.side);
    check_refused(meeting, ServerFault::revoked, "(23)");
    CHECK(meeting.record->fault_subject == "CN=Test Intermediate");
  }
  SECTION("revoked by a CRL that has ended") {
    site.settings.revocation = RevocationCheck::best_effort;
    site.publish({}, {{site.middle.certificate}, -9 * day, -day});
    check_refused(site.visit(site.side), ServerFault::revoked, "(23)");
  }
  SECTION("revoked, and the server staples") {
    site.settings.sources = {ssl::RevocationSource::stapling, ssl::RevocationSource::crl};
    site.publish({}, {{site.middle.certificate}});
    check_refused(site.visit(site.side), ServerFault::revoked, "(23)");
  }
  SECTION("unknown") {
    site.scratch.write("crls/middle.crl", crl_pem(site.middle));
    const auto meeting = site.visit(site.side);
    check_refused(meeting, ServerFault::revocation_unknown, "no CRL of its issuer CN=Test Root (3)");
    CHECK(meeting.record->fault_subject == "CN=Test Intermediate");
  }
  SECTION("listed by a CRL that the root has not signed") {
    site.publish({}, {{site.middle.certificate}, -day, 7 * day, ec_key()});
    check_refused(site.visit(site.side), ServerFault::revocation_unknown, "(8)");
  }
}

TEST_CASE("every intermediate up to the root is judged, be all of them trusted", "[revocation]") {
  Revocation site;
  const Issued lower = intermediate(site.middle, "Lower Intermediate");
  ServerSide side{issue(lower, server_order())};
  side.chain = {lower.certificate};
  site.settings.ca_file =
      site.scratch.write("cert.pem", pem(lower.certificate) + pem(site.middle.certificate) + pem(site.top.certificate));
  site.scratch.write("crls/lower.crl", crl_pem(lower));
  site.publish({}, {{site.middle.certificate}});
  const auto meeting = site.visit(side);
  check_refused(meeting, ServerFault::revoked, "(23)");
  CHECK(meeting.record->fault_subject == "CN=Test Intermediate");
}

TEST_CASE("a root of the same name that has not signed the anchor does not judge it", "[revocation]") {
  Revocation site;
  site.settings.ca_file = site.scratch.write("cert.pem", pem(site.middle.certificate) + pem(root().certificate));
  site.scratch.write("crls/middle.crl", crl_pem(site.middle));
  check_accepted(site.visit(site.side));
}
