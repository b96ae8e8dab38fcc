// What is fetched to find out about revocation: kept as long as it counts, asked for once, and refused when it is not
// what it should be.
#include "ssl/evidence.h"

#include <openssl/ocsp.h>

#include "platform/file.h"
#include "ssl/openssl/openssl_evidence.h"
#include "tests/unit/ssl/site.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using ssl::OpensslEvidence;
using ssl::RevocationSource;
using ssl::ServerFault;
using ssl::WantedEvidence;
using Kind = ssl::WantedEvidence::Kind;

namespace {

const char* const crl_url = "http://ca.test/ca.crl";
const char* const ocsp_url = "http://ca.test/ocsp";

std::string ocsp_answer(const Issued& issuer, const Certificate& about, int status = V_OCSP_CERTSTATUS_GOOD) {
  OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
  OCSP_CERTID* id = OCSP_cert_to_id(nullptr, about.get(), issuer.certificate.get());
  ASN1_TIME* from = X509_gmtime_adj(nullptr, -60);
  ASN1_TIME* until = X509_gmtime_adj(nullptr, day);
  OCSP_basic_add1_status(basic, id, status, 0, from, from, until);
  REQUIRE(OCSP_basic_sign(basic, issuer.certificate.get(), issuer.key.get(), EVP_sha256(), nullptr, 0) == 1);
  OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
  unsigned char* bytes = nullptr;
  const int length = i2d_OCSP_RESPONSE(response, &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  OCSP_RESPONSE_free(response);
  OCSP_BASICRESP_free(basic);
  OCSP_CERTID_free(id);
  ASN1_TIME_free(from);
  ASN1_TIME_free(until);
  return der;
}

struct Fetched : Site {
  ServerSide side;
  std::shared_ptr<ssl::Evidence> evidence;

  Fetched() {
    settings.revocation = ssl::RevocationCheck::required;
    Order order = server_order();
    order.extensions.emplace_back(NID_crl_distribution_points, std::string("URI:") + crl_url);
    order.extensions.emplace_back(NID_info_access, std::string("OCSP;URI:") + ocsp_url);
    side = server(order);
    scratch.write("crls/top.crl", crl_pem(top));
    evidence = ssl::Evidence::make({scratch.path() / "crls", scratch.folder("ocsp"), {}, {}});
  }
  Meeting visit() const { return meet(ssl::ClientContext(nullptr, trust(), evidence), side, "localhost"); }
  // Answers what the last handshake wanted.
  void answer(const Meeting& meeting, const std::string& content) const {
    REQUIRE(meeting.record->wanted.size() == 1);
    CHECK(evidence->keep(meeting.record->wanted.front(), content, wall_now()));
  }
};

}  // namespace

TEST_CASE("a handshake names what it wants, ends, and succeeds once that is there", "[evidence]") {
  const Fetched site;
  const auto before = site.visit();
  check_refused(before, ServerFault::revocation_unknown, "was not asked yet");
  CHECK(before.record->wanted.front() == WantedEvidence{Kind::crl, crl_url, {}});
  site.answer(before, crl_der(site.middle));
  check_accepted(site.visit());
}

TEST_CASE("the sources are wanted in their order, one after the other", "[evidence]") {
  Fetched site;
  site.settings.sources = {RevocationSource::ocsp, RevocationSource::crl};
  const auto first = site.visit();
  REQUIRE(first.record->wanted.size() == 1);
  CHECK(first.record->wanted.front().kind == Kind::ocsp);
  site.evidence->failed(first.record->wanted.front(), "HTTP 500", wall_now());
  const auto second = site.visit();
  REQUIRE(second.record->wanted.size() == 1);
  CHECK(second.record->wanted.front().kind == Kind::crl);
  site.evidence->failed(second.record->wanted.front(), "HTTP 404", wall_now());
  const auto third = site.visit();
  CHECK(third.record->wanted.empty());
  check_refused(third, ServerFault::revocation_unknown, "http://ca.test/ocsp could not be fetched: HTTP 500");
  CHECK_THAT(third.record->fault_text, Contains("http://ca.test/ca.crl could not be fetched: HTTP 404"));
}

TEST_CASE("an OCSP answer counts when the issuer has signed it", "[evidence]") {
  Fetched site;
  site.settings.sources = {RevocationSource::ocsp, RevocationSource::crl};
  site.scratch.write("crls/middle.crl", crl_pem(site.middle));
  const auto asked = site.visit();
  SECTION("good") {
    site.answer(asked, ocsp_answer(site.middle, site.side.leaf.certificate));
    check_accepted(site.visit());
    CHECK(site.evidence->revocations() == 0);
  }
  SECTION("revoked, which no good CRL outweighs") {
    site.answer(asked, ocsp_answer(site.middle, site.side.leaf.certificate, V_OCSP_CERTSTATUS_REVOKED));
    check_refused(site.visit(), ServerFault::revoked, "by OCSP of http://ca.test/ocsp");
    check_refused(site.visit(), ServerFault::revoked, "(23)");
    CHECK(site.evidence->revocations() == 1);
  }
  SECTION("of somebody else") {
    site.answer(asked, ocsp_answer(issue(site.top, {"Middle"}), site.side.leaf.certificate));
    check_accepted(site.visit());  // by the CRL
  }
}

TEST_CASE("other processes know what was fetched, and what failed", "[evidence]") {
  const Fetched site;
  const WantedEvidence wanted{Kind::crl, crl_url, {}};
  const ssl::EvidenceRules rules{site.scratch.path() / "crls", {}, {}, {}};
  SECTION("fetched") {
    REQUIRE(site.evidence->keep(wanted, crl_pem(site.middle), wall_now()));
    CHECK(OpensslEvidence(rules).crl(wanted, wall_now()));
    CHECK_FALSE(OpensslEvidence(rules).worth_fetching(wanted, wall_now()));
  }
  SECTION("failed, for a minute") {
    site.evidence->failed(wanted, "HTTP 404", wall_now());
    CHECK(OpensslEvidence(rules).failure(wanted, wall_now()) == "HTTP 404");
    CHECK_FALSE(OpensslEvidence(rules).worth_fetching(wanted, wall_now()));
    CHECK(OpensslEvidence(rules).worth_fetching(wanted, wall_now() + seconds(61)));
  }
}

TEST_CASE("an entry ends at the earlier of its nextUpdate and its lifetime", "[evidence]") {
  const Fetched site;
  const WallTime now = wall_now();
  const WantedEvidence wanted{Kind::crl, crl_url, {}};
  const auto ends_within = [&](seconds lifetime, seconds time) {
    OpensslEvidence evidence({{}, {}, lifetime, {}});
    REQUIRE(evidence.keep(wanted, crl_pem(site.middle, {{}, -day, 7 * day}), now));
    return evidence.worth_fetching(wanted, now + time);
  };
  CHECK_FALSE(ends_within(seconds(0), seconds(7 * day - 60)));
  CHECK(ends_within(seconds(0), seconds(7 * day + 60)));
  CHECK_FALSE(ends_within(seconds(3600), seconds(3540)));
  CHECK(ends_within(seconds(3600), seconds(3660)));
  CHECK(ends_within(seconds(30 * day), seconds(7 * day + 60)));
}

TEST_CASE("what is cut off at any byte is refused, and nothing is kept of it", "[evidence]") {
  const Fetched site;
  const auto never_taken = [&](Kind kind, const std::string& whole) {
    OpensslEvidence evidence({{}, {}, {}, {}});
    const WantedEvidence wanted{kind, "http://ca.test/x", "x"};
    for (std::size_t length = 0; length < whole.size(); ++length) {
      INFO(length);
      REQUIRE_FALSE(evidence.keep(wanted, whole.substr(0, length), wall_now()));
    }
    CHECK(evidence.worth_fetching(wanted, wall_now()));
    CHECK(evidence.keep(wanted, whole, wall_now()));
  };
  never_taken(Kind::crl, crl_der(site.middle));
  never_taken(Kind::ocsp, ocsp_answer(site.middle, site.side.leaf.certificate));
}

TEST_CASE("an OCSP answer with any byte changed is no evidence for a good certificate of another key", "[evidence]") {
  Fetched site;
  site.settings.sources = {RevocationSource::ocsp};
  site.settings.revocation = ssl::RevocationCheck::required;
  const std::string whole = ocsp_answer(issue(site.top, {"Stranger"}), site.side.leaf.certificate);
  for (std::size_t i = 0; i < whole.size(); i += 7) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    const auto evidence = std::make_shared<OpensslEvidence>(ssl::EvidenceRules{});
    const auto asked = meet(ssl::ClientContext(nullptr, site.trust(), evidence), site.side, "localhost");
    REQUIRE_FALSE(asked.record->wanted.empty());
    static_cast<void>(evidence->keep(asked.record->wanted.front(), changed, wall_now()));
    CHECK_FALSE(meet(ssl::ClientContext(nullptr, site.trust(), evidence), site.side, "localhost").client_done);
  }
}
