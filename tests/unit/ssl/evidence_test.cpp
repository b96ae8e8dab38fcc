// What is fetched to find out about revocation: kept as long as it counts, asked for once, and refused when it is not
// what it should be.
#include "ssl/evidence.h"

#include <openssl/ocsp.h>

#include "platform/file.h"
#include "ssl/openssl/revocation/gathering.h"
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

const char* const delta_url = "http://ca.test/delta.crl";

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
  WantedEvidence wanted(Kind kind, const std::string& url = crl_url) const {
    return ssl::wanted_from(kind, url, side.leaf.certificate.get(), middle.certificate.get());
  }
  // Whether a handshake at that time would want something fetched to judge the server's certificate.
  bool wants(OpensslEvidence& known, RevocationSource source, WallTime time) const {
    X509* const leaf = side.leaf.certificate.get();
    const auto facts = ssl::facts_of(leaf, true);
    const auto all = ssl::gather_evidence(facts, leaf, middle.certificate.get(), {}, &known, {}, time);
    return ssl::judge_revocation(facts, all, {source}, time).fetch.has_value();
  }
  // Answers what the last handshake wanted.
  void answer(const Meeting& meeting, const std::string& content) const {
    REQUIRE(meeting.record->wanted.size() == 1);
    CHECK(evidence->keep(meeting.record->wanted.front(), content, wall_now()));
  }
  // As a fetch does that gets what is of no use.
  void answer_in_vain(const WantedEvidence& wanted, const std::string& content) const {
    const auto kept = evidence->keep(wanted, content, wall_now());
    REQUIRE_FALSE(kept);
    evidence->failed(wanted, kept.error().message, wall_now());
  }
  std::vector<std::filesystem::path> cached() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(scratch / "crls")) {
      if (entry.path().filename().string().starts_with("fetched-")) files.push_back(entry.path());
    }
    return files;
  }
};

// Where an entry ends after an hour, and the clock stands still: what was kept two hours ago has ended.
struct Ended : Fetched {
  WallTime before = wall_now() - std::chrono::hours(2);

  Ended() {
    settings.revocation = GENERATE(ssl::RevocationCheck::required, ssl::RevocationCheck::best_effort);
    Order order = server_order();
    order.extensions.emplace_back(NID_crl_distribution_points, std::string("URI:") + crl_url);
    order.extensions.emplace_back(NID_freshest_crl, std::string("URI:") + delta_url);
    side = server(order);
    settings.sources = {RevocationSource::crl};
    evidence = ssl::Evidence::make({{}, {}, seconds(3600), {}});
  }
  CrlOrder listing() const { return {{side.leaf.certificate}}; }
  void fail(const Meeting& meeting) const {
    REQUIRE(meeting.record->wanted.size() == 1);
    evidence->failed(meeting.record->wanted.front(), "HTTP 404", wall_now());
  }
};

}  // namespace

TEST_CASE("a handshake names what it wants, ends, and succeeds once that is there", "[evidence]") {
  const Fetched site;
  const auto before = site.visit();
  check_refused(before, ServerFault::revocation_unknown, "was not asked yet");
  REQUIRE(before.record->wanted.size() == 1);
  CHECK(before.record->wanted.front() == site.wanted(Kind::crl));
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
  check_refused(third, ServerFault::revocation_unknown, "http://ca.test/ocsp does not help: HTTP 500");
  CHECK_THAT(third.record->fault_text, Contains("http://ca.test/ca.crl does not help: HTTP 404"));
}

TEST_CASE("an OCSP answer counts when the issuer has signed it", "[evidence]") {
  Fetched site;
  site.settings.sources = {RevocationSource::ocsp, RevocationSource::crl};
  site.scratch.write("crls/middle.crl", crl_pem(site.middle));
  const auto asked = site.visit();
  SECTION("good") {
    site.answer(asked, ocsp_der(site.middle, site.side.leaf.certificate));
    check_accepted(site.visit());
    CHECK(site.evidence->revocations() == 0);
  }
  SECTION("revoked, which no good CRL outweighs") {
    site.answer(asked, ocsp_der(site.middle, site.side.leaf.certificate, {.status = V_OCSP_CERTSTATUS_REVOKED}));
    check_refused(site.visit(), ServerFault::revoked, "by OCSP of http://ca.test/ocsp");
    check_refused(site.visit(), ServerFault::revoked, "(23)");
    CHECK(site.evidence->revocations() == 1);
  }
  SECTION("of somebody else") {
    CHECK_FALSE(site.evidence->keep(asked.record->wanted.front(),
                                    ocsp_der(issue(site.top, {"Middle"}), site.side.leaf.certificate), wall_now()));
    site.evidence->failed(asked.record->wanted.front(), "of no use", wall_now());
    check_accepted(site.visit());  // by the CRL
  }
}

TEST_CASE("other processes know what was fetched, and what failed", "[evidence]") {
  const Fetched site;
  const WantedEvidence wanted = site.wanted(Kind::crl);
  const ssl::EvidenceRules rules{site.scratch.path() / "crls", {}, {}, {}};
  SECTION("fetched") {
    REQUIRE(site.evidence->keep(wanted, crl_pem(site.middle), wall_now()));
    OpensslEvidence other(rules);
    CHECK(other.at(wanted, wall_now()).crls.size() == 1);
    CHECK_FALSE(site.wants(other, RevocationSource::crl, wall_now()));
  }
  SECTION("failed, for a minute") {
    site.evidence->failed(wanted, "HTTP 404", wall_now());
    CHECK(OpensslEvidence(rules).at(wanted, wall_now()).failure == "HTTP 404");
    OpensslEvidence other(rules);
    CHECK_FALSE(site.wants(other, RevocationSource::crl, wall_now()));
    OpensslEvidence later(rules);
    CHECK(site.wants(later, RevocationSource::crl, wall_now() + seconds(61)));
  }
}

TEST_CASE("what was fetched more than 400 days ago and has ended is removed, and nothing else", "[evidence]") {
  const Fetched site;
  struct File {
    std::string name;
    int days;
    std::string content;
    bool stays;
  };
  const std::string ended_crl = crl_der(site.middle, {{}, -500 * day, -day});
  const Certificate& leaf = site.side.leaf.certificate;
  const std::vector<File> files{{"fetched-1.crl", 401, ended_crl, false},
                                {"fetched-2.crl", 399, ended_crl, true},
                                {"fetched-3.crl", 401, crl_pem(site.middle, {{}, -500 * day, 200 * day}), true},
                                {"fetched-4.ocsp", 401, ocsp_der(site.middle, leaf, {.ends = -1}), false},
                                {"fetched-5.ocsp", 401, ocsp_der(site.middle, leaf), true},
                                {"fetched-6.ocsp", 401, ocsp_der(site.middle, leaf, {.ends = 0}), false},
                                {"fetched-7.crl", 401, "broken", false},
                                {".failed-8", 2, "HTTP 404", false},
                                {".failed-9", 0, "HTTP 404", true},
                                {"deployed.crl", 5000, ended_crl, true},
                                {".deployed", 5000, ended_crl, true}};
  for (const File& file : files) {
    const auto path = site.scratch.write("crls/" + file.name, file.content);
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * file.days));
  }
  const bool fetched = GENERATE(true, false);
  if (fetched) {
    REQUIRE(site.evidence->keep(site.wanted(Kind::crl), crl_pem(site.middle), wall_now()));
  } else {
    site.evidence->failed(site.wanted(Kind::crl), "HTTP 404", wall_now());
  }
  for (const File& file : files) {
    INFO(file.name);
    CHECK(std::filesystem::exists(site.scratch / "crls" / file.name) == file.stays);
  }
}

TEST_CASE("an entry ends at the earlier of its nextUpdate and its lifetime", "[evidence]") {
  const Fetched site;
  const WallTime now = wall_now();
  const WantedEvidence wanted = site.wanted(Kind::crl);
  const auto ends_within = [&](seconds lifetime, seconds time) {
    OpensslEvidence evidence({{}, {}, lifetime, {}});
    REQUIRE(evidence.keep(wanted, crl_pem(site.middle, {{}, -day, 7 * day}), now));
    return site.wants(evidence, RevocationSource::crl, now + time);
  };
  CHECK_FALSE(ends_within(seconds(0), seconds(7 * day - 60)));
  CHECK(ends_within(seconds(0), seconds(7 * day + 60)));
  CHECK_FALSE(ends_within(seconds(3600), seconds(3540)));
  CHECK(ends_within(seconds(3600), seconds(3660)));
  CHECK(ends_within(seconds(30 * day), seconds(7 * day + 60)));
}

TEST_CASE("an OCSP answer ends likewise, and one without an end is only looked at for a minute", "[evidence]") {
  const Fetched site;
  const WallTime now = wall_now();
  const WantedEvidence wanted = site.wanted(Kind::ocsp, ocsp_url);
  const auto ends_within = [&](seconds lifetime, long next_update, seconds time) {
    OpensslEvidence evidence({{}, {}, {}, lifetime});
    const std::string answer = ocsp_der(site.middle, site.side.leaf.certificate, {.ends = next_update});
    REQUIRE(evidence.keep(wanted, answer, now));
    return site.wants(evidence, RevocationSource::ocsp, now + time);
  };
  CHECK_FALSE(ends_within(seconds(0), 7 * day, seconds(7 * day - 60)));
  CHECK(ends_within(seconds(0), 7 * day, seconds(7 * day + 60)));
  CHECK_FALSE(ends_within(seconds(3600), 7 * day, seconds(3540)));
  CHECK(ends_within(seconds(3600), 7 * day, seconds(3660)));
  CHECK(ends_within(seconds(30 * day), 7 * day, seconds(7 * day + 60)));
  CHECK_FALSE(ends_within(seconds(0), 0, seconds(30)));
  CHECK(ends_within(seconds(0), 0, seconds(90)));
  CHECK_FALSE(ends_within(seconds(3600), 0, seconds(3540)));
  CHECK(ends_within(seconds(3600), 0, seconds(3660)));
}

TEST_CASE("what is cut off at any byte is refused, and nothing is kept of it", "[evidence]") {
  const Fetched site;
  const auto never_taken = [&](Kind kind, const std::string& whole) {
    OpensslEvidence evidence({{}, {}, {}, {}});
    const WantedEvidence wanted = site.wanted(kind, "http://ca.test/x");
    for (std::size_t length = 0; length < whole.size(); ++length) {
      INFO(length);
      REQUIRE_FALSE(evidence.keep(wanted, whole.substr(0, length), wall_now()));
    }
    CHECK(evidence.at(wanted, wall_now()).may_fetch);
    CHECK(evidence.keep(wanted, whole, wall_now()));
  };
  never_taken(Kind::crl, crl_der(site.middle));
  never_taken(Kind::ocsp, ocsp_der(site.middle, site.side.leaf.certificate));
}

TEST_CASE("an OCSP answer with any byte changed is no evidence for a good certificate of another key", "[evidence]") {
  Fetched site;
  site.settings.sources = {RevocationSource::ocsp};
  site.settings.revocation = ssl::RevocationCheck::required;
  const std::string whole = ocsp_der(issue(site.top, {"Stranger"}), site.side.leaf.certificate);
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

TEST_CASE("what a delta CRL has revoked stays revoked when the delta has ended, until a newer CRL knows better",
          "[evidence]") {
  const Ended site;
  CrlOrder complete;
  complete.number = 5;
  complete.begins = -3 * day;
  REQUIRE(site.evidence->keep(site.wanted(Kind::crl), crl_der(site.middle, complete), wall_now()));
  CrlOrder delta = site.listing();
  delta.number = 6;
  delta.base = 5;
  REQUIRE(site.evidence->keep(site.wanted(Kind::delta_crl, delta_url), crl_der(site.middle, delta), site.before));
  const auto asked = site.visit();
  check_refused(asked, ServerFault::revocation_unknown,
                "its delta CRL at http://ca.test/delta.crl was not fetched yet");
  site.fail(asked);
  check_refused(site.visit(), ServerFault::revoked, "(23)");
  complete.number = 7;
  complete.begins = -60;
  REQUIRE(site.evidence->keep(site.wanted(Kind::crl), crl_der(site.middle, complete), wall_now()));
  check_accepted(site.visit());
}

TEST_CASE("a delta CRL of another base revokes as well", "[evidence]") {
  const Ended site;
  CrlOrder complete;
  complete.number = 5;
  REQUIRE(site.evidence->keep(site.wanted(Kind::crl), crl_der(site.middle, complete), wall_now()));
  CrlOrder delta = site.listing();
  delta.number = 9;
  delta.base = 8;
  REQUIRE(site.evidence->keep(site.wanted(Kind::delta_crl, delta_url), crl_der(site.middle, delta), wall_now()));
  check_refused(site.visit(), ServerFault::revoked, "(23)");
}

TEST_CASE("a forged delta CRL is not kept, and its complete CRL counts", "[evidence]") {
  const Ended site;
  REQUIRE(site.evidence->keep(site.wanted(Kind::crl), crl_der(site.middle), wall_now()));
  const auto asked = site.visit();
  CrlOrder forged = site.listing();
  forged.number = 6;
  forged.base = 5;
  forged.signed_by = site.side.leaf.key;
  REQUIRE(asked.record->wanted.size() == 1);
  site.answer_in_vain(asked.record->wanted.front(), crl_der(site.middle, forged));
  check_accepted(site.visit());
}

TEST_CASE("a CRL that has ended is fetched anew before it revokes", "[evidence]") {
  const Ended site;
  CrlOrder held = site.listing();
  held.begins = -2 * day;
  REQUIRE(site.evidence->keep(site.wanted(Kind::crl), crl_der(site.middle, held), site.before));
  site.evidence->failed(site.wanted(Kind::delta_crl, delta_url), "HTTP 404", wall_now());
  const auto asked = site.visit();
  check_refused(asked, ServerFault::revocation_unknown, "was not asked yet");
  SECTION("in vain") {
    site.fail(asked);
    check_refused(site.visit(), ServerFault::revoked, "(23)");
  }
  SECTION("and one that lists it no longer counts") {
    site.answer(asked, crl_der(site.middle));
    check_accepted(site.visit());
  }
  SECTION("and an older one that is played back does not") {
    CrlOrder older;
    older.begins = -3 * day;
    site.answer(asked, crl_der(site.middle, older));
    check_refused(site.visit(), ServerFault::revoked, "(23)");
  }
  SECTION("and a forged one does not") {
    CrlOrder forged;
    forged.signed_by = ec_key();
    site.answer_in_vain(asked.record->wanted.front(), crl_der(site.middle, forged));
    check_refused(site.visit(), ServerFault::revoked, "(23)");
  }
}

TEST_CASE("what OCSP has revoked stays revoked when the answer has ended and no other can be had", "[evidence]") {
  Ended site;
  site.settings.sources = {RevocationSource::ocsp, RevocationSource::crl};
  Order order = server_order();
  order.extensions.emplace_back(NID_info_access, std::string("OCSP;URI:") + ocsp_url);
  site.side = site.server(order);
  site.evidence = ssl::Evidence::make({{}, {}, {}, seconds(3600)});
  const auto first = site.visit();
  REQUIRE(first.record->wanted.size() == 1);
  REQUIRE(site.evidence->keep(first.record->wanted.front(),
                              ocsp_der(site.middle, site.side.leaf.certificate, {.status = V_OCSP_CERTSTATUS_REVOKED}),
                              site.before));
  const auto again = site.visit();
  check_refused(again, ServerFault::revocation_unknown, "was not asked yet");
  site.fail(again);
  check_refused(site.visit(), ServerFault::revoked, "(23)");
}

TEST_CASE("a CRL of no use is not kept, and asked for again after a minute", "[evidence]") {
  const Fetched site;
  CrlOrder forged;
  forged.signed_by = ec_key();
  CrlOrder later;
  later.begins = day;
  CrlOrder delta;
  delta.number = 6;
  delta.base = 5;
  CrlOrder of_cas;
  of_cas.extensions = {{NID_issuing_distribution_point, "critical,onlyCA:TRUE"}};
  const auto wanted = site.wanted(Kind::crl);
  const auto check_useless = [&](const std::string& content, const std::string& words) {
    INFO(words);
    site.answer_in_vain(wanted, content);
    const auto meeting = site.visit();
    CHECK_THAT(meeting.record->fault_text, Contains("http://ca.test/ca.crl does not help: " + words));
    CHECK(site.cached().empty());
  };
  check_useless(crl_der(root("Stranger")), "it is no complete CRL of CN=Test Intermediate");
  check_useless(crl_der(site.middle, forged), "CRL signature failure (8)");
  check_useless(crl_der(site.middle, later), "CRL is not yet valid (11)");
  check_useless(crl_der(site.middle, delta), "it is no complete CRL of CN=Test Intermediate");
  check_useless(crl_der(site.middle, of_cas), "different CRL scope (44)");
  OpensslEvidence& evidence = dynamic_cast<OpensslEvidence&>(*site.evidence);
  CHECK_FALSE(site.wants(evidence, RevocationSource::crl, wall_now() + seconds(50)));
  CHECK(site.wants(evidence, RevocationSource::crl, wall_now() + seconds(61)));
  REQUIRE(site.evidence->keep(wanted, crl_der(site.middle), wall_now()));
  CHECK(site.cached().size() == 1);
  check_accepted(site.visit());
}

TEST_CASE("a file of no use in the cache is fetched anew", "[evidence]") {
  Fetched site;
  REQUIRE(site.evidence->keep(site.wanted(Kind::crl), crl_der(site.middle), wall_now()));
  REQUIRE(site.cached().size() == 1);
  site.scratch.write("crls/" + site.cached().front().filename().string(), crl_der(root("Stranger")));
  site.evidence = ssl::Evidence::make({site.scratch / "crls", {}, {}, {}});
  const auto asked = site.visit();
  check_refused(asked, ServerFault::revocation_unknown, "was not asked yet");
  site.answer(asked, crl_der(site.middle));
  check_accepted(site.visit());
}

TEST_CASE("however many places a certificate names, best effort comes to an end", "[evidence]") {
  Fetched site;
  site.settings.revocation = ssl::RevocationCheck::best_effort;
  std::string points;
  std::string responders;
  for (int place = 0; place < 10; ++place) {
    points += (place == 0 ? "URI:" : ",URI:") + std::string(crl_url) + std::to_string(place);
    responders += (place == 0 ? "OCSP;URI:" : ",OCSP;URI:") + std::string(ocsp_url) + std::to_string(place);
  }
  Order order = server_order();
  order.extensions.emplace_back(NID_crl_distribution_points, points);
  order.extensions.emplace_back(NID_info_access, responders);
  site.side = site.server(order);
  for (int fetch = 0; fetch < 6; ++fetch) {
    const auto meeting = site.visit();
    REQUIRE(meeting.record->wanted.size() == 1);
    site.evidence->failed(meeting.record->wanted.front(), "HTTP 404", wall_now());
  }
  check_accepted(site.visit());
}
