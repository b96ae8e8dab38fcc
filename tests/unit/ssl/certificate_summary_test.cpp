#include "ssl/certificate_summary.h"

#include <openssl/asn1.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "ssl/openssl/certificate.h"
#include "tests/unit/ssl/authority.h"

using namespace muster;
using namespace muster::testing;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const Issued& any_certificate() {
  static const Issued one = root();
  return one;
}

// Dates that no CA would sign are set afterwards: the summary does not look at the signature.
ssl::CertificateSummary with_dates(const char* begin, const char* end) {
  X509* const certificate = any_certificate().certificate.get();
  const auto set = [](ASN1_TIME* time, const char* text) { ASN1_STRING_set(time, text, -1); };
  X509_getm_notBefore(certificate)->type = V_ASN1_GENERALIZEDTIME;
  X509_getm_notAfter(certificate)->type = V_ASN1_GENERALIZEDTIME;
  set(X509_getm_notBefore(certificate), begin);
  set(X509_getm_notAfter(certificate), end);
  return ssl::summary_of(certificate);
}

}  // namespace

TEST_CASE("the dates of a certificate are shown as they are written in it", "[summary]") {
  const auto summary = with_dates("00000101000000Z", "99991231235959Z");
  CHECK(summary.begins == "0000-01-01 00:00:00 UTC");
  CHECK(summary.ends == "9999-12-31 23:59:59 UTC");
  const WallTime year_2000{std::chrono::sys_days{std::chrono::year(2000) / 1 / 1}};
  CHECK(ssl::days_left(summary, year_2000) == 2'921'939);
  CHECK(ssl::expiry_in_words(summary, year_2000) == "expires in 2921939 days");
  CHECK(with_dates("20200101000000Z", "22620412000000Z").ends == "2262-04-12 00:00:00 UTC");
}

TEST_CASE("a date that cannot be read is not 1970", "[summary]") {
  const auto summary = with_dates("20201301000000Z", "nonsense");
  CHECK(summary.begins.empty());
  CHECK(summary.ends.empty());
}

TEST_CASE("a negative serial number has its sign", "[summary]") {
  const Issued one = root();
  ASN1_INTEGER_set(X509_get_serialNumber(one.certificate.get()), -255);
  CHECK(ssl::summary_of(one.certificate.get()).serial == "-ff");
  ASN1_INTEGER_set(X509_get_serialNumber(one.certificate.get()), 255);
  CHECK(ssl::summary_of(one.certificate.get()).serial == "ff");
}

TEST_CASE("expiry is told in the unit that matters", "[summary]") {
  ssl::CertificateSummary leaf;
  const WallTime now{hours(24 * 20'000)};
  const auto words = [&](std::chrono::seconds left) {
    leaf.not_after = now + left;
    return ssl::expiry_in_words(leaf, now);
  };
  CHECK(words(hours(90 * 24 + 5)) == "expires in 90 days");
  CHECK(words(hours(48)) == "expires in 2 days");
  CHECK(words(hours(24)) == "expires in 24 hours");
  CHECK(words(hours(23) + minutes(59)) == "expires in 23 hours");
  CHECK(words(minutes(119)) == "expires in 119 minutes");
  CHECK(words(minutes(1)) == "expires in 1 minute");
  CHECK(words(-hours(3)) == "expired 3 hours ago");
  CHECK(words(-hours(24 * 4)) == "expired 4 days ago");
}

TEST_CASE("separators inside names are escaped, long names cut, and the rest counted", "[summary]") {
  CHECK(ssl::list_names({"DNS:a", "DNS:b, DNS:c", "DNS:d\\"}, 9) == "DNS:a, DNS:b\\, DNS:c, DNS:d\\\\");
  CHECK(ssl::list_names({"a", "b", "c", "d"}, 2) == "a, b or 2 more");
  CHECK(ssl::list_names({std::string(5000, 'x')}, 2) == std::string(100, 'x') + "...");
  CHECK(ssl::list_names({}, 2).empty());
}
