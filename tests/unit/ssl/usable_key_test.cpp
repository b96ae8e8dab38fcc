// Certificates that no server, or not every server, would take, and which certificate of an issuer is sent along.
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include <string>
#include <utility>
#include <vector>

#include "platform/base/text.h"
#include "ssl/digest.h"
#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/ssl/site.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using ssl::Identity;

namespace {

Key on_curve(const char* name) { return {EVP_EC_gen(name), EVP_PKEY_free}; }

using Parameters = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

Key with_explicit_parameters() {
  const Parameters parameters(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  REQUIRE(EVP_PKEY_keygen_init(parameters.get()) == 1);
  REQUIRE(EVP_PKEY_CTX_set_group_name(parameters.get(), "P-256") == 1);
  REQUIRE(EVP_PKEY_CTX_set_ec_param_enc(parameters.get(), OPENSSL_EC_EXPLICIT_CURVE) == 1);
  REQUIRE(EVP_PKEY_keygen(parameters.get(), &key) == 1);
  return {key, EVP_PKEY_free};
}

Key dsa_key() {
  const Parameters parameters(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr), &EVP_PKEY_CTX_free);
  REQUIRE(EVP_PKEY_paramgen_init(parameters.get()) == 1);
  REQUIRE(EVP_PKEY_CTX_set_dsa_paramgen_bits(parameters.get(), 2048) == 1);
  EVP_PKEY* domain = nullptr;
  REQUIRE(EVP_PKEY_paramgen(parameters.get(), &domain) == 1);
  const Key kept(domain, EVP_PKEY_free);
  const Parameters generation(EVP_PKEY_CTX_new_from_pkey(nullptr, domain, nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  REQUIRE(EVP_PKEY_keygen_init(generation.get()) == 1);
  REQUIRE(EVP_PKEY_keygen(generation.get(), &key) == 1);
  return {key, EVP_PKEY_free};
}

struct Device {
  ScratchFolder scratch;
  Issued ca = root();

  Result<std::shared_ptr<const Identity>> load(const std::string& certificates, const Key& key) const {
    return Identity::load({scratch.write("client.pem", certificates), scratch.write("client.key", pkcs8(key)), {}},
                          wall_now());
  }
  Result<std::shared_ptr<const Identity>> load(const Order& order, const Key& key = ec_key()) const {
    return load(pem(issue(ca, order, key).certificate), key);
  }
  std::string warnings(const std::string& certificates, const Key& key) const {
    const auto identity = load(certificates, key);
    REQUIRE(identity);
    std::string lines;
    for (const Error& warning : (*identity)->warnings()) lines += warning.line() + "\n";
    return lines;
  }
  std::string warnings(const Order& order, const Key& key = ec_key()) const {
    return warnings(pem(issue(ca, order, key).certificate), key);
  }
};

Order order_with(std::vector<std::pair<int, std::string>> extensions) { return {"device-1", std::move(extensions)}; }

}  // namespace

TEST_CASE("a key that no version of TLS can present is refused before connecting", "[usable]") {
  const Device device;
  const char* const curve = GENERATE("P-224", "secp256k1", "sect283k1");
  const auto refused = device.load(client_order(), on_curve(curve));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::identity);
  CHECK_THAT(refused.error().line(), Contains("cannot be used for TLS: no version of TLS takes a key of the type EC") &&
                                         Contains("client.pem") && Contains("P-256"));
}

TEST_CASE("a key of a Brainpool curve is refused where the library has none for TLS 1.3", "[usable]") {
  const Device device;
  const auto loaded =
      device.load(client_order(), on_curve(GENERATE("brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")));
  constexpr unsigned long with_rfc_8734 = 0x30200000;
  CHECK(loaded.has_value() == (OpenSSL_version_num() >= with_rfc_8734));
}

TEST_CASE("an EC key that spells its curve out is refused", "[usable]") {
  const Device device;
  const auto refused = device.load(client_order(), with_explicit_parameters());
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().line(), Contains("spells its curve out") && Contains("RFC 5480"));
}

TEST_CASE("keys that servers take are accepted without a warning", "[usable]") {
  const Device device;
  const Key key = GENERATE(on_curve("P-256"), on_curve("P-384"), on_curve("P-521"), rsa_key(2048), ed25519_key(),
                           Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"), EVP_PKEY_free));
  CHECK(device.warnings(client_order(), key).empty());
}

TEST_CASE("what OpenSSL's servers refuse and others accept is a warning", "[usable]") {
  const Device device;
  CHECK_THAT(device.warnings(order_with({{NID_ext_key_usage, "anyExtendedKeyUsage"}})),
             Contains("nginx, Apache and HAProxy refuse the client certificate CN=device-1") &&
                 Contains("anyExtendedKeyUsage alone (26), IIS accepts it") && Contains("usage clientAuth"));
  CHECK_THAT(device.warnings(order_with({{NID_netscape_cert_type, "server"}})), Contains("nsCertType"));
  CHECK_THAT(device.warnings(order_with({{NID_netscape_cert_type, "email,objsign"}})), Contains("nsCertType"));
  CHECK_THAT(device.warnings(client_order(), dsa_key()),
             Contains("servers with TLS 1.3 alone refuse") && Contains("DSA"));
}

TEST_CASE("an unknown critical extension is a warning that names it", "[usable]") {
  const Device device;
  const int nid = OBJ_create("1.3.6.1.4.1.55555.7", "musterTest", "musterTest");
  Issued leaf = issue(device.ca, client_order());
  X509_EXTENSION* extension = nullptr;
  ASN1_OCTET_STRING* const value = ASN1_OCTET_STRING_new();
  REQUIRE(ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>("\x05\x00"), 2) == 1);
  extension = X509_EXTENSION_create_by_NID(nullptr, nid, 1, value);
  REQUIRE(X509_add_ext(leaf.certificate.get(), extension, -1) == 1);
  REQUIRE(X509_sign(leaf.certificate.get(), device.ca.key.get(), EVP_sha256()) > 0);
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(value);
  CHECK_THAT(device.warnings(pem(leaf.certificate), leaf.key),
             Contains("critical extension 1.3.6.1.4.1.55555.7") && Contains("IIS accepts it"));
}

TEST_CASE("what is wrong with an issuer in the file is a warning as well", "[usable]") {
  const Device device;
  Order order{"Issuing", {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_key_usage, "critical,keyCertSign"}}};
  SECTION("not for client certificates") { order.extensions.emplace_back(NID_ext_key_usage, "serverAuth"); }
  SECTION("another name space") {
    order.extensions.emplace_back(NID_name_constraints, "critical,permitted;DNS:example.com");
  }
  const Issued issuing = issue(device.ca, order);
  Order client = client_order();
  client.extensions.emplace_back(NID_subject_alt_name, "DNS:device.example.org");
  const Issued leaf = issue(issuing, client);
  CHECK_FALSE(device.warnings(pem(leaf.certificate) + pem(issuing.certificate), leaf.key).empty());
}

TEST_CASE("a chain longer than its CA allows is a warning", "[usable]") {
  const Device device;
  const Issued upper = issue(device.ca, {"Upper",
                                         {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                          {NID_key_usage, "critical,keyCertSign"},
                                          {NID_subject_key_identifier, "hash"}}});
  const Issued lower = intermediate(upper, "Lower");
  const Issued leaf = issue(lower, client_order());
  const std::string file = pem(leaf.certificate) + pem(lower.certificate) + pem(upper.certificate);
  CHECK_THAT(device.warnings(file, leaf.key), Contains("path length constraint exceeded (25)"));
}

TEST_CASE("of several certificates of one CA the one in date is sent, whatever their order", "[usable]") {
  const Device device;
  const CapturedStream silence(2);
  const Issued current = intermediate(device.ca, "Issuing");
  const auto twin = [&](long begins, long ends) {
    Order order{"Issuing",
                {{NID_basic_constraints, "critical,CA:TRUE"},
                 {NID_key_usage, "critical,keyCertSign,cRLSign"},
                 {NID_subject_key_identifier, "hash"}}};
    order.begins = begins;
    order.ends = ends;
    return issue(device.ca, order, current.key);
  };
  const Issued leaf = issue(current, client_order());
  const auto sent_of = [&](const std::vector<Issued>& issuers) {
    std::string file = pem(leaf.certificate);
    for (const Issued& one : issuers) file += pem(one.certificate);
    const auto identity = device.load(file, leaf.key);
    REQUIRE(identity);
    REQUIRE((*identity)->chain().size() == 1);
    return (*identity)->chain().front().fingerprint;
  };
  const auto is = [](const Issued& one) { return text::hex(ssl::sha256(der(one.certificate))); };

  const Issued expired = twin(-60 * day, -day);
  const Issued later = twin(10 * day, 90 * day);
  const Issued newer = twin(-3600, 20 * day);
  CHECK(sent_of({expired, current}) == is(current));
  CHECK(sent_of({current, expired}) == is(current));
  CHECK(sent_of({later, current, expired}) == is(current));
  CHECK(sent_of({current, newer}) == is(newer));
  CHECK(sent_of({newer, current}) == is(newer));
  CHECK(sent_of({expired, later}) == is(later));
}

TEST_CASE("a cross-signed certificate is sent, its self-signed twin is not", "[usable]") {
  const Device device;
  const CapturedStream silence(2);
  const Issued new_root = root("New Root");
  const Issued cross = issue(device.ca,
                             {"New Root",
                              {{NID_basic_constraints, "critical,CA:TRUE"},
                               {NID_key_usage, "critical,keyCertSign,cRLSign"},
                               {NID_subject_key_identifier, "hash"}}},
                             new_root.key);
  const Issued leaf = issue(new_root, client_order());
  for (const std::string& file : {pem(leaf.certificate) + pem(new_root.certificate) + pem(cross.certificate),
                                  pem(leaf.certificate) + pem(cross.certificate) + pem(new_root.certificate)}) {
    const auto identity = device.load(file, leaf.key);
    REQUIRE(identity);
    REQUIRE((*identity)->chain().size() == 1);
    CHECK((*identity)->chain().front().issuer == "CN=Test Root");
  }
}

namespace {

struct Visit : Site {
  ServerSide side;

  Visit() {
    version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
    side = server();
    side.client_cas = {top.certificate};
  }
  void enrol_with(const Key& key) {
    const auto client = issue(top, client_order(), key);
    const auto loaded = Identity::load(
        {scratch.write("client.pem", pem(client.certificate)), scratch.write("client.key", pkcs8(client.key)), {}},
        wall_now());
    REQUIRE(loaded);
    identity = *loaded;
  }
};

}  // namespace

TEST_CASE("a certificate that the server accepts no signature of counts as not sent", "[client]") {
  Visit site;
  site.enrol_with(rsa_key(2048));
  site.side.client_algorithms = "ECDSA+SHA256:ed25519";
  const auto meeting = site.visit(site.side);
  CHECK(meeting.client_seen.empty());
  CHECK(meeting.record->certificate_requested);
  CHECK_FALSE(meeting.record->certificate_sent);
  CHECK(meeting.record->accepted_keys == std::vector<std::string>{"EC", "ED25519"});
}

TEST_CASE("a certificate that fits the server's algorithms counts as sent", "[client]") {
  Visit site;
  site.enrol_with(GENERATE(rsa_key(2048), ec_key()));
  const auto meeting = site.visit(site.side);
  check_accepted(meeting);
  CHECK(meeting.record->certificate_sent);
}
