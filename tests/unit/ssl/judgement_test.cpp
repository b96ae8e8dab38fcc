// What a handshake makes of CRLs, delta CRLs, OCSP answers and staples that contradict each other, deployed and
// fetched.
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include <map>

#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/ssl/site.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using ssl::RevocationCheck;
using ssl::RevocationSource;
using ssl::ServerFault;

namespace {

const char* const crl_url = "http://ca.test/ca.crl";
const char* const second_url = "http://ca.test/second.crl";
const char* const delta_url = "http://ca.test/delta.crl";
const char* const ocsp_url = "http://ca.test/ocsp";

constexpr int on_hold = CRL_REASON_CERTIFICATE_HOLD;
constexpr int removed = CRL_REASON_REMOVE_FROM_CRL;
constexpr int compromised = CRL_REASON_KEY_COMPROMISE;

// A server whose certificate names places for all kinds of evidence, and what each place has.
struct World : Site {
  ServerSide side;
  ssl::EvidenceRules rules;
  std::shared_ptr<ssl::Evidence> evidence;
  std::map<std::string, std::string> places;
  std::vector<std::string> asked;

  World() {
    settings.revocation = RevocationCheck::required;
    rules = {scratch.path() / "crls", scratch.folder("ocsp"), {}, {}};
    evidence = ssl::Evidence::make(rules);
    scratch.write("crls/top.crl", crl_pem(top));
    name_places({{NID_crl_distribution_points, std::string("URI:") + crl_url + ",URI:" + second_url},
                 {NID_info_access, std::string("OCSP;URI:") + ocsp_url}});
  }

  void name_places(const Extensions& extensions) {
    Order order = server_order();
    order.extensions.insert(order.extensions.end(), extensions.begin(), extensions.end());
    side = server(order);
  }

  CrlOrder listing(long number, int reason = -1) const {
    CrlOrder order = nothing(number);
    order.revoked = {side.leaf.certificate};
    order.reason = reason;
    return order;
  }
  static CrlOrder nothing(long number) {
    CrlOrder order;
    order.number = number;
    order.begins = -day + number;  // a greater number is a newer CRL
    return order;
  }
  static CrlOrder delta_of(long base, CrlOrder order) {
    order.base = base;
    return order;
  }
  static CrlOrder expired(CrlOrder order) {
    order.begins -= 10 * day;
    order.ends = -day;
    return order;
  }

  std::string crl(const CrlOrder& order) const { return crl_der(middle, order); }
  void deploy(const std::string& name, const CrlOrder& order) const { scratch.write("crls/" + name, crl(order)); }
  std::string answer(const OcspOrder& order) const { return ocsp_der(middle, side.leaf.certificate, order); }

  Meeting visit() const { return meet(ssl::ClientContext(nullptr, trust(), evidence), side, "localhost"); }

  // Visits the server, and fetches what it takes to judge it.
  Meeting settle() {
    for (int fetches = 0; fetches < 20; ++fetches) {
      Meeting meeting = visit();
      if (meeting.record->wanted.empty()) return meeting;
      for (const ssl::WantedEvidence& wanted : meeting.record->wanted) fetch(wanted);
    }
    FAIL("it never comes to an end");
    return {};
  }

  void fetch(const ssl::WantedEvidence& wanted) {
    asked.push_back(wanted.url);
    std::string failure = "HTTP 404";
    if (const auto place = places.find(wanted.url); place != places.end()) {
      const auto kept = evidence->keep(wanted, place->second, wall_now());
      failure = kept ? "" : kept.error().message;
    }
    if (!failure.empty()) evidence->failed(wanted, failure, wall_now());
  }

  void check_revoked() {
    for (const auto check : {RevocationCheck::required, RevocationCheck::best_effort}) {
      settings.revocation = check;
      check_refused(settle(), ServerFault::revoked, "certificate revoked (23)");
    }
  }
};

}  // namespace

TEST_CASE("a newer delta CRL does not hide that its complete CRL lists the server", "[judgement]") {
  World world;
  SECTION("both deployed") {
    world.deploy("complete.crl", world.listing(5));
    world.deploy("delta.crl", World::delta_of(5, World::nothing(6)));
  }
  SECTION("in one file, the delta CRL first") {
    world.scratch.write("crls/all.pem", crl_pem(world.middle, World::delta_of(5, World::nothing(6))) +
                                            crl_pem(world.middle, world.listing(5)));
  }
  SECTION("both fetched") {
    world.name_places({{NID_crl_distribution_points, std::string("URI:") + crl_url},
                       {NID_freshest_crl, std::string("URI:") + delta_url}});
    world.places[crl_url] = world.crl(world.listing(5));
    world.places[delta_url] = world.crl(World::delta_of(5, World::nothing(6)));
  }
  SECTION("the complete one fetched, the delta CRL deployed") {
    world.places[crl_url] = world.crl(world.listing(5));
    world.deploy("delta.crl", World::delta_of(5, World::nothing(6)));
  }
  SECTION("and the delta CRL has expired") {
    world.deploy("complete.crl", world.listing(5));
    world.deploy("delta.crl", World::expired(World::delta_of(5, World::nothing(6))));
  }
  world.check_revoked();
}

TEST_CASE("a delta CRL alone vouches for nobody", "[judgement]") {
  World world;
  world.deploy("delta.crl", World::delta_of(5, World::nothing(6)));
  check_refused(world.settle(), ServerFault::revocation_unknown, "a delta CRL without its complete CRL");
}

TEST_CASE("a newer deployed CRL counts at once beside a fetched one", "[judgement]") {
  World world;
  world.places[crl_url] = world.crl(World::nothing(5));
  check_accepted(world.settle());
  SECTION("complete") { world.deploy("emergency.pem", world.listing(6)); }
  SECTION("of the same second, with a higher number") {
    CrlOrder order = world.listing(6);
    order.begins = World::nothing(5).begins;
    world.deploy("emergency.pem", order);
  }
  SECTION("a delta CRL") { world.deploy("emergency.pem", World::delta_of(5, world.listing(6))); }
  SECTION("for some reasons only") {
    CrlOrder order = world.listing(6);
    order.extensions = {{NID_issuing_distribution_point, "critical,onlysomereasons:keyCompromise"}};
    world.deploy("emergency.pem", order);
  }
  world.check_revoked();
}

TEST_CASE("a newer fetched CRL counts beside a deployed one", "[judgement]") {
  World world;
  world.name_places({{NID_crl_distribution_points, std::string("URI:") + crl_url},
                     {NID_freshest_crl, std::string("URI:") + delta_url}});
  world.deploy("complete.crl", World::nothing(5));
  world.places[delta_url] = world.crl(World::delta_of(5, world.listing(6)));
  world.check_revoked();
}

TEST_CASE("an older deployed CRL does not outweigh a newer one", "[judgement]") {
  World world;
  world.deploy("old.crl", world.listing(5, on_hold));
  world.deploy("new.crl", World::nothing(6));
  check_accepted(world.settle());
}

TEST_CASE("a delta CRL that lists the server counts, whether or not a CRL names its place", "[judgement]") {
  World world;
  world.deploy("complete.crl", World::nothing(5));
  world.deploy("delta.crl", World::delta_of(5, world.listing(6)));
  world.check_revoked();
}

TEST_CASE("a delta CRL for a newer base proves that a newer complete CRL exists", "[judgement]") {
  World world;
  world.deploy("complete.crl", World::nothing(5));
  world.deploy("delta.crl", World::delta_of(7, World::nothing(8)));
  SECTION("which lists the server") {
    world.places[crl_url] = world.crl(world.listing(7));
    world.check_revoked();
  }
  SECTION("which does not") {
    world.places[crl_url] = world.crl(World::nothing(7));
    check_accepted(world.settle());
  }
  SECTION("which cannot be had") {
    check_refused(world.settle(), ServerFault::revocation_unknown, "the delta CRL");
    CHECK(world.asked.size() == 3);
  }
  SECTION("and a CRL of another place is no newer") {
    world.places[crl_url] = world.crl(World::nothing(6));
    check_refused(world.settle(), ServerFault::revocation_unknown, "is for a newer one");
  }
}

TEST_CASE("a newer CRL that does not cover the server does not reinstate it", "[judgement]") {
  World world;
  const std::string scope = GENERATE("critical,onlyCA:TRUE", "critical,onlyAA:TRUE", "critical,indirectCRL:TRUE",
                                     "critical,onlysomereasons:keyCompromise");
  CrlOrder order = World::nothing(9);
  order.extensions = {{NID_issuing_distribution_point, scope}};
  world.deploy("complete.crl", world.listing(5));
  world.deploy("newer.crl", order);
  world.check_revoked();
}

TEST_CASE("a CRL of another key with the name of the issuer does not count", "[judgement]") {
  World world;
  const Issued other = intermediate(world.top);
  SECTION("for the server") {
    world.scratch.write("crls/other.crl", crl_pem(other, World::nothing(9)));
    check_refused(world.settle(), ServerFault::revocation_unknown, "(8)");
  }
  SECTION("against it") {
    world.scratch.write("crls/other.crl", crl_pem(other, world.listing(9)));
    world.deploy("complete.crl", World::nothing(5));
    check_accepted(world.settle());
  }
  SECTION("against what its own issuer says") {
    world.scratch.write("crls/other.crl", crl_pem(other, World::nothing(9)));
    world.deploy("complete.crl", world.listing(5));
    world.check_revoked();
  }
}

TEST_CASE("an older OCSP answer does not replace one that says revoked", "[judgement]") {
  World world;
  world.settings.sources = {RevocationSource::ocsp};
  world.rules.ocsp_lifetime = seconds(3600);
  world.evidence = ssl::Evidence::make(world.rules);
  const auto first = world.visit();
  REQUIRE(first.record->wanted.size() == 1);
  const auto wanted = first.record->wanted.front();
  REQUIRE(world.evidence->keep(wanted, world.answer({.status = V_OCSP_CERTSTATUS_REVOKED, .ends = 7 * day}),
                               wall_now() - std::chrono::hours(2)));
  SECTION("in one process") {}
  SECTION("in the next one") { world.evidence = ssl::Evidence::make(world.rules); }
  world.places[ocsp_url] = world.answer({.begins = -3600, .ends = 7 * day});
  world.check_revoked();
}

TEST_CASE("an expired CRL that lists the server is looked at again before it refuses", "[judgement]") {
  World world;
  world.deploy("old.crl", World::expired(world.listing(5, GENERATE(-1, on_hold))));
  SECTION("a newer one at its distribution point") { world.places[crl_url] = world.crl(World::nothing(6)); }
  SECTION("a newer one at the second distribution point") { world.places[second_url] = world.crl(World::nothing(6)); }
  SECTION("expired at the first, in date at the second one") {
    world.places[crl_url] = world.crl(World::expired(world.listing(5)));
    world.places[second_url] = world.crl(World::nothing(6));
  }
  SECTION("a newer OCSP answer") { world.places[ocsp_url] = world.answer({}); }
  check_accepted(world.settle());
}

TEST_CASE("an expired CRL that lists the server refuses where nothing newer can be had", "[judgement]") {
  World world;
  world.deploy("old.crl", World::expired(world.listing(5)));
  SECTION("no place answers") {}
  SECTION("the place has an older one") { world.places[crl_url] = world.crl(World::expired(World::nothing(4))); }
  SECTION("the place has one of another key") { world.places[crl_url] = crl_der(intermediate(world.top)); }
  SECTION("the OCSP answer is older") { world.places[ocsp_url] = world.answer({.begins = -12 * day, .ends = day}); }
  SECTION("the OCSP answer does not know the server") {
    world.places[ocsp_url] = world.answer({.status = V_OCSP_CERTSTATUS_UNKNOWN});
  }
  world.check_revoked();
  CHECK(world.asked == std::vector<std::string>{crl_url, second_url, ocsp_url});
}

TEST_CASE("an expired OCSP answer that says revoked is asked for again before it refuses", "[judgement]") {
  World world;
  world.settings.sources = {RevocationSource::ocsp, RevocationSource::crl};
  const auto first = world.visit();
  REQUIRE(first.record->wanted.size() == 1);
  REQUIRE(world.evidence->keep(first.record->wanted.front(),
                               world.answer({.status = V_OCSP_CERTSTATUS_REVOKED, .begins = -9 * day, .ends = -day}),
                               wall_now() - std::chrono::hours(2)));
  SECTION("good now") {
    world.places[ocsp_url] = world.answer({});
    check_accepted(world.settle());
  }
  SECTION("a newer CRL does not list it") {
    world.places[crl_url] = world.crl(World::nothing(6));
    check_accepted(world.settle());
  }
  SECTION("nothing newer") { world.check_revoked(); }
}

TEST_CASE("a delta CRL releases a certificate from hold", "[judgement]") {
  World world;
  world.name_places({{NID_crl_distribution_points, std::string("URI:") + crl_url},
                     {NID_freshest_crl, std::string("URI:") + delta_url}});
  const std::string held = world.crl(world.listing(5, on_hold));
  const CrlOrder release = World::delta_of(5, world.listing(6, removed));
  SECTION("fetched") {
    world.places = {{crl_url, held}, {delta_url, world.crl(release)}};
    check_accepted(world.settle());
  }
  SECTION("deployed") {
    world.scratch.write("crls/complete.crl", held);
    world.deploy("delta.crl", release);
    check_accepted(world.settle());
  }
  SECTION("that an earlier delta CRL had set") {
    world.deploy("complete.crl", World::nothing(5));
    world.deploy("delta.crl", World::delta_of(5, world.listing(6, on_hold)));
    world.deploy("later.crl", World::delta_of(5, world.listing(7, removed)));
    check_accepted(world.settle());
  }
  SECTION("but not once it has expired") {
    world.scratch.write("crls/complete.crl", held);
    world.deploy("delta.crl", World::expired(release));
    world.check_revoked();
  }
  SECTION("but not one that is revoked for good") {
    world.deploy("complete.crl", world.listing(5, compromised));
    world.deploy("delta.crl", release);
    world.check_revoked();
  }
  SECTION("but not for a newer base") {
    world.scratch.write("crls/complete.crl", held);
    world.deploy("delta.crl", World::delta_of(6, world.listing(7, removed)));
    world.check_revoked();
  }
  SECTION("and a later one sets it again") {
    world.scratch.write("crls/complete.crl", held);
    world.deploy("delta.crl", release);
    world.deploy("later.crl", World::delta_of(5, world.listing(7, on_hold)));
    world.check_revoked();
  }
}

TEST_CASE("a complete CRL cannot release a certificate", "[judgement]") {
  World world;
  world.deploy("complete.crl", world.listing(5, removed));
  world.check_revoked();
}

TEST_CASE("all CRLs at one address count", "[judgement]") {
  World world;
  SECTION("the one that covers the server comes last") {
    world.places[crl_url] = crl_pem(world.top) + crl_pem(world.middle, World::nothing(5));
    check_accepted(world.settle());
  }
  SECTION("the newest one comes last") {
    world.places[crl_url] = crl_pem(world.middle, World::nothing(5)) + crl_pem(world.middle, world.listing(6));
    world.check_revoked();
  }
  SECTION("a delta CRL comes along") {
    world.places[crl_url] =
        crl_pem(world.middle, World::nothing(5)) + crl_pem(world.middle, World::delta_of(5, world.listing(6)));
    world.check_revoked();
  }
  SECTION("and those of an earlier process as well") {
    world.places[crl_url] = crl_pem(world.top) + crl_pem(world.middle, World::nothing(5));
    check_accepted(world.settle());
    world.evidence = ssl::Evidence::make(world.rules);
    world.places.clear();
    check_accepted(world.settle());
  }
}

TEST_CASE("one address serves two issuers", "[judgement]") {
  World world;
  std::filesystem::remove(world.scratch / "crls/top.crl");
  const Extensions points{{NID_crl_distribution_points, std::string("URI:") + crl_url}};
  Order order{"Test Intermediate", points};
  order.extensions.emplace_back(NID_basic_constraints, "critical,CA:TRUE");
  world.middle = issue(world.top, order);
  world.name_places(points);
  const auto revoked = GENERATE(false, true);
  CrlOrder of_top = World::nothing(5);
  if (revoked) of_top.revoked = {world.middle.certificate};
  world.places[crl_url] = crl_pem(world.middle) + crl_pem(world.top, of_top);
  const auto meeting = world.settle();
  if (revoked) {
    check_refused(meeting, ServerFault::revoked, "(23)");
  } else {
    check_accepted(meeting);
  }
}

TEST_CASE("a lifetime of a minute caches for a minute", "[judgement]") {
  World world;
  world.rules.crl_lifetime = world.rules.ocsp_lifetime = seconds(GENERATE(30, 60, 61));
  world.evidence = ssl::Evidence::make(world.rules);
  const auto source = GENERATE(RevocationSource::crl, RevocationSource::ocsp);
  world.settings.sources = {source};
  if (source == RevocationSource::ocsp) world.settings.revocation = RevocationCheck::best_effort;
  world.places = {{crl_url, world.crl(World::nothing(5))}, {ocsp_url, world.answer({})}};
  check_accepted(world.settle());
  CHECK(world.asked.size() == 1);
  world.evidence = ssl::Evidence::make(world.rules);  // as the next process does
  check_accepted(world.settle());
  CHECK(world.asked.size() == 1);
}

TEST_CASE("clocks may differ by five minutes", "[judgement]") {
  World world;
  SECTION("a CRL from the near future") {
    CrlOrder order = World::nothing(5);
    order.begins = 200;
    world.deploy("complete.crl", order);
    check_accepted(world.settle());
  }
  SECTION("a CRL that has just expired, where there is no newer one") {
    CrlOrder order = World::nothing(5);
    order.ends = -200;
    world.deploy("complete.crl", order);
    check_accepted(world.settle());
    CHECK(world.asked.size() == 2);
  }
  SECTION("a delta CRL from the near future") {
    CrlOrder order = World::delta_of(5, world.listing(6));
    order.begins = 200;
    world.deploy("complete.crl", World::nothing(5));
    world.deploy("delta.crl", order);
    world.check_revoked();
  }
  SECTION("an OCSP answer from the near future") {
    world.places[ocsp_url] = world.answer({.begins = 200});
    check_accepted(world.settle());
  }
}

TEST_CASE("what is not yet valid is refused with what this machine's clock says", "[judgement]") {
  World world;
  SECTION("a deployed CRL") {
    CrlOrder order = World::nothing(5);
    order.begins = 400;
    world.deploy("complete.crl", order);
  }
  SECTION("a fetched CRL") {
    CrlOrder order = World::nothing(5);
    order.begins = 400;
    world.places[crl_url] = world.crl(order);
  }
  SECTION("an OCSP answer") { world.places[ocsp_url] = world.answer({.begins = 400}); }
  const auto meeting = world.settle();
  check_refused(meeting, ServerFault::revocation_unknown, "not yet valid");
  CHECK_THAT(meeting.record->fault_text, Contains("this machine's clock says 20") && !Contains("out of date"));
}

TEST_CASE("a CRL from the future revokes what it lists, and vouches for nobody", "[judgement]") {
  World world;
  CrlOrder order = world.listing(9);
  order.begins = 3600;
  SECTION("deployed") {
    world.deploy("future.crl", order);
    world.deploy("complete.crl", World::nothing(5));
  }
  SECTION("fetched") { world.places[crl_url] = world.crl(order); }
  world.check_revoked();
}

TEST_CASE("a failure is remembered as long as the round lasts in which it was found", "[judgement]") {
  World world;
  world.settings.revocation = RevocationCheck::best_effort;
  const WallTime start = wall_now() - seconds(90);
  const auto round = GENERATE(true, false) ? world.evidence->start_round(start) : nullptr;
  for (int fetches = 0; fetches < 3; ++fetches) {
    const auto meeting = world.visit();
    REQUIRE(meeting.record->wanted.size() == 1);
    world.evidence->failed(meeting.record->wanted.front(), "no answer", start + seconds(10 * fetches));
    if (!round) break;
  }
  const auto meeting = world.visit();
  if (round) {
    check_accepted(meeting);
  } else {
    CHECK(meeting.record->wanted.size() == 1);  // it was found more than a minute ago
  }
}

TEST_CASE("an address that cannot be used is escaped or named", "[judgement]") {
  World world;
  const auto refusal = [&](const std::string& url) {
    world.name_places({{NID_crl_distribution_points, "URI:" + url}});
    return world.settle().record->fault_text;
  };
  CHECK_THAT(refusal("http://ca.test/My CA.crl"), Contains("http://ca.test/My%20CA.crl does not help: HTTP 404"));
  CHECK_THAT(refusal("http://ca.test/\xC3\xA4"), Contains("http://ca.test/%C3%A4 does not help"));
  CHECK_THAT(refusal("http://ca.test/\x01x"), Contains("'http://ca.test/?x' is not a valid URL"));
  CHECK_THAT(refusal("http://ca.test/" + std::string(3000, 'x')), Contains("is longer than 2048 characters"));
  CHECK_THAT(refusal("ldap://ca.test/x"), Contains("ldap://ca.test/x is not fetched: http alone is"));
  CHECK_THAT(refusal("ca.test/x.crl"), Contains("ca.test/x.crl is not fetched"));
  CHECK_THAT(refusal("http://ca.test/1,URI:http://ca.test/2,URI:http://ca.test/3,URI:http://ca.test/4"),
             Contains("1 more of its addresses are not tried"));
}

TEST_CASE("a root is not judged, though its own CRL lists it", "[judgement]") {
  World world;
  world.places[crl_url] = world.crl(World::nothing(5));
  world.scratch.write("crls/top.crl", crl_pem(world.top, {{world.top.certificate}}));
  SECTION("sent by the server") { world.side.chain.push_back(world.top.certificate); }
  SECTION("beside a trusted intermediate") {
    world.settings.ca_file =
        world.scratch.write("cert.pem", pem(world.middle.certificate) + pem(world.top.certificate));
  }
  SECTION("known by the machine alone") {}
  check_accepted(world.settle());
}

TEST_CASE("a CRL with a critical extension that is not known must not be used", "[judgement]") {
  World world;
  CrlOrder order = GENERATE(true, false) ? World::nothing(5) : world.listing(5);
  order.extensions = {{NID_netscape_comment, "critical,private"}};
  world.deploy("complete.crl", order);
  check_refused(world.settle(), ServerFault::revocation_unknown, "(36)");
}

TEST_CASE("what is deployed counts although CRLs are not among the sources", "[judgement]") {
  World world;
  world.settings.sources = {RevocationSource::ocsp};
  world.places[ocsp_url] = world.answer({});
  SECTION("against the server") {
    world.deploy("complete.crl", world.listing(5));
    world.check_revoked();
  }
  SECTION("for its issuer, which names no responder") { check_accepted(world.settle()); }
}
