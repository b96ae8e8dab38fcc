#include "ssl/store_choice.h"

#include <catch2/catch.hpp>

namespace muster::ssl {
namespace {

const WallTime now = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 29));
constexpr std::chrono::hours day{24};

StoreCandidate candidate(const std::string& thumbprint, int began_days_ago = 10) {
  StoreCandidate result;
  result.certificate.subject = "CN=" + thumbprint + ",O=Example";
  result.certificate.issuer = "CN=Issuing CA,O=Example";
  result.certificate.not_before = now - began_days_ago * day;
  result.certificate.not_after = now + 100 * day;
  result.thumbprint = thumbprint;
  return result;
}

std::string reason_for(const StoreCandidate& one, const StoreSelection& selection = {}) {
  const auto judged = judge_candidates({one}, selection, now);
  REQUIRE(judged.size() == 1);
  CHECK_FALSE(judged.front().is_chosen);
  return judged.front().reason;
}

std::string chosen(const std::vector<StoreCandidate>& candidates, const StoreSelection& selection = {}) {
  const auto judged = judge_candidates(candidates, selection, now);
  CHECK(judged.size() == candidates.size());
  for (std::size_t i = 1; i < judged.size(); ++i) CHECK_FALSE(judged[i].is_chosen);
  return !judged.empty() && judged.front().is_chosen ? judged.front().candidate.thumbprint : "";
}

TEST_CASE("A certificate that cannot be shown is left out with its reason") {
  StoreCandidate one = candidate("AA");
  one.has_private_key = false;
  CHECK(reason_for(one) == "it has no private key here");

  one = candidate("AA");
  one.is_for_clients = false;
  CHECK(reason_for(one) == "it is not for client authentication");

  one = candidate("AA");
  one.may_sign = false;
  CHECK(reason_for(one) == "its key usage does not allow signatures");

  one = candidate("AA", -1);
  CHECK(reason_for(one) == "it is not valid before 2026-11-30 00:00:00 UTC");

  one = candidate("AA");
  one.certificate.not_after = now - 3 * day;
  CHECK(reason_for(one) == "it expired 3 days ago");

  one = candidate("AA");
  one.key_problem = "access is denied (0x80090010)";
  CHECK(reason_for(one) == "its private key cannot be used: access is denied (0x80090010)");
}

TEST_CASE("Preferences narrow the choice, and say so") {
  const StoreCandidate one = candidate("AB12");
  CHECK(reason_for(one, {"Other CA", "", ""}) == "SSLClientCertificateIssuer names another issuer");
  CHECK(reason_for(one, {"", "CN=other", ""}) == "SSLClientCertificateSubject names another subject");
  CHECK(reason_for(one, {"", "", "AB13"}) == "SSLClientCertificateThumbprint names another certificate");
  CHECK(chosen({one}, {"issuing ca", "cn=AB12", "ab 12"}) == "AB12");
  CHECK(chosen({one}, {"", "",
                       "\xE2\x80\x8E"
                       "ab:12"}) == "AB12");  // as the certificate dialog copies it
}

TEST_CASE("The newest valid one is chosen, so that a renewed one is found by itself") {
  StoreCandidate later_end = candidate("BB", 10);
  later_end.certificate.not_after = now + 200 * day;
  CHECK(chosen({}).empty());
  CHECK(chosen({candidate("AA", 10), candidate("CC", 2), candidate("DD", -2)}) == "CC");
  CHECK(chosen({candidate("AA", 10), later_end, candidate("CC", 10)}) == "BB");
  CHECK(chosen({candidate("AA"), candidate("CC")}) == chosen({candidate("CC"), candidate("AA")}));
}

TEST_CASE("One that would do as well says why it is not chosen") {
  const auto judged = judge_candidates({candidate("AA", 10), candidate("CC", 2), candidate("DD", -2)}, {}, now);
  REQUIRE(judged.size() == 3);
  CHECK(judged[0].reason == "chosen: the newest one that is valid");
  CHECK(judged[1].reason == "a newer one is valid");
  CHECK(judged[2].candidate.thumbprint == "DD");
}

}  // namespace
}  // namespace muster::ssl
