#include "ssl/trust.h"

#include <openssl/x509.h>

#include <catch2/catch.hpp>

#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using ssl::RevocationCheck;
using ssl::Trust;
namespace fs = std::filesystem;

namespace {

struct Site {
  ScratchFolder scratch;
  Issued ca = root();
  ssl::TrustSettings settings;

  Site() {
    settings.ca_file = scratch.write("cert.pem", pem(ca.certificate));
    settings.ca_path = scratch / "certs";
    settings.crl_path = scratch / "crls";
  }
  std::string key() const {
    const auto trust = Trust::load(settings);
    INFO((trust ? std::string() : trust.error().line()));
    REQUIRE(trust);
    return (*trust)->content_key();
  }
  std::string refused() const {
    const auto trust = Trust::load(settings);
    REQUIRE_FALSE(trust);
    CHECK(trust.error().kind == ErrorKind::untrusted_server);
    CHECK_THAT(trust.error().message, Contains(scratch.path().string()));
    return trust.error().line();
  }
};

std::string hash_name(const Issued& ca) {
  char name[16];
  ::snprintf(name, sizeof name, "%08lx.0", X509_subject_name_hash(ca.certificate.get()));
  return name;
}

}  // namespace

TEST_CASE("without any CA certificate nothing can be trusted", "[trust]") {
  const Site site;
  fs::remove(site.settings.ca_file);
  CHECK_THAT(site.refused(), Contains("SSLCACertificateFile") && Contains("SSLCACertificatePath") &&
                                 Contains("install the beacons' CA certificate"));
  site.scratch.write("certs/readme.txt", "not named by a hash");
  site.scratch.write("certs/12345678.r0", "a CRL in OpenSSL's naming");
  CHECK_THAT(site.refused(), Contains("no trusted CA certificate"));
}

TEST_CASE("a CA file that is broken is refused with the block's number", "[trust]") {
  const Site site;
  const std::string good = pem(site.ca.certificate);
  SECTION("second block") {
    site.scratch.write("cert.pem", good + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + good);
    CHECK_THAT(site.refused(), Contains("cert.pem") && Contains("certificate 2"));
  }
  SECTION("cut") {
    site.scratch.write("cert.pem", good + good.substr(0, good.size() / 2));
    CHECK_THAT(site.refused(), Contains("certificate 2"));
  }
  SECTION("empty") {
    site.scratch.write("cert.pem", "");
    CHECK_THAT(site.refused(), Contains("no CA certificate in PEM form"));
  }
  SECTION("DER") {
    site.scratch.write("cert.pem", der(site.ca.certificate));
    CHECK_THAT(site.refused(), Contains("is a certificate in DER form, not a CA certificate in PEM form"));
  }
}

TEST_CASE("the same bytes in other files are another trust", "[trust]") {
  Site site;
  site.settings.revocation = RevocationCheck::best_effort;
  const std::string one = pem(site.ca.certificate);
  const std::string two = pem(root("Second Root").certificate);
  site.scratch.write("cert.pem", one);
  site.scratch.write("certs/11111111.0", two);
  const std::string apart = site.key();
  site.scratch.write("cert.pem", one + two);
  fs::remove(site.scratch / "certs/11111111.0");
  CHECK(site.key() != apart);

  const std::string crl = crl_pem(site.ca);
  const std::string later = crl_pem(site.ca, {.number = 2});
  site.scratch.write("crls/a.crl", crl);
  site.scratch.write("crls/b.crl", later);
  const std::string crls_apart = site.key();
  site.scratch.write("crls/a.crl", crl + later);
  fs::remove(site.scratch / "crls/b.crl");
  CHECK(site.key() != crls_apart);
}

TEST_CASE("a link that leads nowhere among CAs or CRLs is told", "[trust]") {
  Site site;
  site.settings.revocation = RevocationCheck::best_effort;
  site.scratch.folder("certs");
  site.scratch.folder("crls");
  fs::create_symlink("gone", site.scratch / "certs/9d66eef0.0");
  fs::create_symlink("gone", site.scratch / "certs/notes.txt");
  fs::create_symlink("gone", site.scratch / "crls/issuing.crl");
  const CapturedStream captured;
  SECTION("once the rest is in use") {
    static_cast<void>(site.key());
    CHECK_THAT(captured.text(),
               Contains("9d66eef0.0 is not used") && Contains("issuing.crl is not used") && !Contains("notes.txt"));
  }
  SECTION("with what is wrong, which is looked at again and again") {
    site.scratch.write("crls/bad.crl", "garbage");
    CHECK_THAT(site.refused(), Contains("bad.crl"));
    fs::remove(site.settings.ca_file);
    CHECK_THAT(site.refused(), Contains("exists, and ") && Contains("9d66eef0.0 leads nowhere"));
    CHECK(captured.text().empty());
  }
}

TEST_CASE("a broken file among good ones of a hash folder is refused and named", "[trust]") {
  const Site site;
  site.scratch.write("certs/" + hash_name(site.ca), pem(site.ca.certificate));
  site.scratch.write("certs/00000000.0", "garbage");
  CHECK_THAT(site.refused(), Contains("00000000.0"));
}

TEST_CASE("a hash folder alone is enough", "[trust]") {
  const Site site;
  fs::remove(site.settings.ca_file);
  site.scratch.write("certs/" + hash_name(site.ca), pem(site.ca.certificate));
  CHECK_FALSE(site.key().empty());
}

TEST_CASE("a broken CRL file is refused and named", "[trust]") {
  const Site site;
  const std::string good = crl_pem(site.ca);
  SECTION("garbage") { site.scratch.write("crls/bad.crl", "garbage"); }
  SECTION("empty") { site.scratch.write("crls/bad.crl", ""); }
  SECTION("a certificate") { site.scratch.write("crls/bad.crl", pem(site.ca.certificate)); }
  SECTION("cut PEM") { site.scratch.write("crls/bad.crl", good + good.substr(0, good.size() / 2)); }
  SECTION("cut DER") { site.scratch.write("crls/bad.crl", crl_der(site.ca).substr(0, 100)); }
  SECTION("DER with something behind it") { site.scratch.write("crls/bad.crl", crl_der(site.ca) + "x"); }
  CHECK_THAT(site.refused(), Contains("bad.crl is not a CRL") && Contains("OpenSSL"));
}

TEST_CASE("good CRL files, and what is not looked at", "[trust]") {
  const Site site;
  site.scratch.write("crls/.being-written", "garbage");
  site.scratch.folder("crls/folder");
  site.scratch.write("crls/two.pem", crl_pem(site.ca) + crl_pem(site.ca));
  site.scratch.write("crls/one.crl", crl_der(site.ca));
  CHECK_FALSE(site.key().empty());
}

TEST_CASE("a missing CRL folder means no CRLs, one that may not be read is an error", "[trust]") {
  Site site;
  CHECK_FALSE(site.key().empty());
  if (!is_root()) return;
  site.scratch.folder("closed", 0700);
  site.scratch.write("closed/crls/revoked.crl", crl_pem(site.ca));
  site.settings.crl_path = site.scratch / "closed/crls";
  site.settings.revocation = RevocationCheck::best_effort;
  site.scratch.write("cert.pem", pem(site.ca.certificate), 0644);
  const AsNobody nobody;
  CHECK_THAT(site.refused(), Contains("errno 13"));
}

TEST_CASE("a CA file that may not be read is an error and not taken as absent", "[trust]") {
  if (!is_root()) return;
  const Site site;
  const AsNobody nobody;
  CHECK_THAT(site.refused(), Contains("errno 13") && Contains("cert.pem"));
}

TEST_CASE("CRLs are only read where they are used", "[trust]") {
  Site site;
  site.scratch.write("crls/bad.crl", "garbage");
  SECTION("check off") { site.settings.revocation = RevocationCheck::off; }
  SECTION("CRLs not among the sources") { site.settings.sources = {}; }
  CHECK_FALSE(site.key().empty());
}

TEST_CASE("without a check of the server nothing is read", "[trust]") {
  Site site;
  site.settings.check_server = false;
  site.scratch.write("cert.pem", "garbage");
  CHECK_FALSE(site.key().empty());
}

TEST_CASE("the content key changes with every content and setting that matters", "[trust]") {
  Site site;
  const auto before = site.key();
  CHECK(site.key() == before);
  SECTION("CA added") { site.scratch.write("cert.pem", pem(site.ca.certificate) + pem(root().certificate)); }
  SECTION("CRL added") { site.scratch.write("crls/new.crl", crl_pem(site.ca)); }
  SECTION("best effort") { site.settings.revocation = RevocationCheck::best_effort; }
  SECTION("off") { site.settings.revocation = RevocationCheck::off; }
  SECTION("no CRLs") { site.settings.sources = {}; }
  SECTION("server not checked") { site.settings.check_server = false; }
  CHECK(site.key() != before);
}

TEST_CASE("a CA file or a CRL that was cut anywhere but behind a block is refused", "[trust]") {
  const Site site;
  const Issued middle = intermediate(site.ca);
  const auto check_cuts = [&](const std::string& name, const std::string& first, const std::string& second) {
    const std::string whole = first + second;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      INFO(name << " " << size);
      site.scratch.write(name, whole.substr(0, size));
      const bool at_boundary = (size + 1 >= first.size() && size <= first.size()) || size + 1 >= whole.size();
      CHECK(Trust::load(site.settings).has_value() == at_boundary);
    }
  };
  check_cuts("cert.pem", pem(site.ca.certificate), pem(middle.certificate));
  check_cuts("crls/all.pem", crl_pem(site.ca), crl_pem(middle));
}
