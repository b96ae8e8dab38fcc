// Structures that fit together and lack something: what a library returns as null must not be used.
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <catch2/catch.hpp>

#include "ssl/identity.h"
#include "ssl/pem_pair.h"
#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"
#include "tests/unit/ssl/der_tree.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;

namespace {

constexpr const char* password = "geheim";

template <class T>
std::string der_of(T* object, int (*encode)(const T*, unsigned char**)) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  REQUIRE(size > 0);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

struct Files {
  ScratchFolder scratch;
  Issued ca = root();
  Issued leaf = issue(ca, client_order());

  std::string pfx(int cipher, int mac_rounds) const {
    STACK_OF(X509)* const chain = sk_X509_new_null();
    sk_X509_push(chain, ca.certificate.get());
    PKCS12* const file = PKCS12_create(password, "device", leaf.key.get(), leaf.certificate.get(), chain, cipher,
                                       cipher, 1, mac_rounds, 0);
    sk_X509_free(chain);
    REQUIRE(file != nullptr);
    const std::string der = der_of<PKCS12>(file, i2d_PKCS12);
    PKCS12_free(file);
    return der;
  }

  // Refused, or the same certificate: nothing else may come of it.
  void check_pfx(const std::string& content) const {
    const ssl::IdentityFiles files = in_place(content);
    const auto pair = ssl::make_pem_pair(files, ssl::WithChain::yes, wall_now());
    if (pair) {
      CHECK(pair->leaf.key_type == "EC P-256");
    } else {
      CHECK(pair.error().kind == ErrorKind::identity);
      CHECK_THAT(pair.error().message, Contains("client.pfx"));
    }
    const auto identity = ssl::Identity::load(files, wall_now());
    CHECK(identity.has_value() == pair.has_value());
    static_cast<void>(ssl::Identity::problems_of(files, wall_now()));
    static_cast<void>(ssl::describe(files, wall_now()));
  }

  void check_pem(const std::string& certificate, const std::string& key) const {
    const ssl::IdentityFiles files{scratch.write("client.pem", certificate), scratch.write("client.key", key),
                                   scratch.write("password", password)};
    const auto identity = ssl::Identity::load(files, wall_now());
    if (!identity) CHECK(identity.error().kind == ErrorKind::identity);
    static_cast<void>(ssl::Identity::problems_of(files, wall_now()));
    static_cast<void>(ssl::describe(files, wall_now()));
  }

 private:
  ssl::IdentityFiles in_place(const std::string& content) const {
    ssl::IdentityFiles files;
    files.certificate = scratch.write("client.pfx", content);
    files.key_password_file = scratch.write("password", password);
    return files;
  }
};

// A whole file around one part, whose content may be missing.
std::string pfx_around(PKCS7* part) {
  STACK_OF(PKCS7)* const parts = sk_PKCS7_new_null();
  if (part != nullptr) sk_PKCS7_push(parts, part);
  PKCS12* const file = PKCS12_add_safes(parts, NID_pkcs7_data);
  REQUIRE(file != nullptr);
  const std::string der = der_of<PKCS12>(file, i2d_PKCS12);
  PKCS12_free(file);
  sk_PKCS7_pop_free(parts, PKCS7_free);
  return der;
}

X509_ALGOR* without_parameters() {
  X509_ALGOR* const algorithm = X509_ALGOR_new();
  X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_pbes2), V_ASN1_UNDEF, nullptr);
  return algorithm;
}

PKCS7* part_of_type(int nid) {
  PKCS7* const part = PKCS7_new();
  part->type = OBJ_nid2obj(nid);
  return part;
}

}  // namespace

TEST_CASE("a .pfx with a part that has no content is refused", "[pkcs12]") {
  const Files files;
  const int type = GENERATE(NID_pkcs7_encrypted, NID_pkcs7_data, NID_pkcs7_signed, NID_pkcs7_enveloped,
                            NID_pkcs7_digest, NID_pkcs7_signedAndEnveloped, NID_x509Crl);
  const std::string content = pfx_around(part_of_type(type));
  if (type == NID_pkcs7_encrypted) CHECK(content.size() < 104);
  files.check_pfx(content);
}

TEST_CASE("a .pfx whose encrypted part lacks what was encrypted is refused", "[pkcs12]") {
  const Files files;
  PKCS7* const part = part_of_type(NID_pkcs7_encrypted);
  part->d.encrypted = PKCS7_ENCRYPT_new();
  PKCS7_ENC_CONTENT* const content = part->d.encrypted->enc_data;
  content->content_type = OBJ_nid2obj(NID_pkcs7_data);
  X509_ALGOR_free(content->algorithm);
  content->algorithm = GENERATE(PKCS5_pbe2_set(EVP_aes_256_cbc(), 1, nullptr, 0),
                                PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 1, nullptr, 0),
                                PKCS5_pbe_set(NID_pbe_WithSHA1And40BitRC2_CBC, 1, nullptr, 0), without_parameters());
  ASN1_INTEGER_set(part->d.encrypted->version, 0);
  files.check_pfx(pfx_around(part));
}

TEST_CASE("a .pfx that is sealed and has nothing in it is refused", "[pkcs12]") {
  const Files files;
  files.check_pfx(pfx_around(nullptr));
  // Version 3, and the type "data" without any.
  const DerElement type{0x06, "\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"};
  const DerElement content{0x30, {}, {type}};
  files.check_pfx(to_der({0x30, {}, {DerElement{0x02, "\x03"}, content}}));
}

TEST_CASE("a .pfx that lacks any of its elements is refused or gives its certificate", "[pkcs12]") {
  const Files files;
  const CapturedStream silence(2);
  const auto [cipher, mac_rounds] = GENERATE(table<int, int>(
      {{-1, -1}, {-1, 1}, {NID_aes_256_cbc, -1}, {NID_aes_256_cbc, 1}, {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 1}}));
  std::size_t tried = 0;
  for_each_broken(files.pfx(cipher, mac_rounds), [&](const std::string& broken) {
    ++tried;
    files.check_pfx(broken);
  });
  CHECK(tried > 100);
}

TEST_CASE("a certificate that lacks any of its elements is refused or used", "[identity]") {
  const Files files;
  const CapturedStream silence(2);
  Order order = client_order();
  order.extensions.emplace_back(NID_subject_alt_name, "DNS:device,IP:192.0.2.1,URI:urn:x");
  order.extensions.emplace_back(NID_crl_distribution_points, "URI:http://crl.example/a.crl");
  order.extensions.emplace_back(NID_info_access, "OCSP;URI:http://ocsp.example/");
  const Issued leaf = issue(files.ca, order);
  for_each_broken(der(leaf.certificate),
                  [&](const std::string& broken) { files.check_pem(as_pem(broken, "CERTIFICATE"), pkcs8(leaf.key)); });
}

TEST_CASE("a private key that lacks any of its elements is refused or used", "[identity]") {
  const Files files;
  const CapturedStream silence(2);
  const Issued leaf = issue(files.ca, client_order(), GENERATE(ec_key(), rsa_key(2048), ed25519_key()));
  const std::string certificate = pem(leaf.certificate);

  PKCS8_PRIV_KEY_INFO* const plain = EVP_PKEY2PKCS8(leaf.key.get());
  for_each_broken(der_of<PKCS8_PRIV_KEY_INFO>(plain, i2d_PKCS8_PRIV_KEY_INFO),
                  [&](const std::string& broken) { files.check_pem(certificate, as_pem(broken, "PRIVATE KEY")); });
  X509_SIG* const encrypted = PKCS8_encrypt(-1, EVP_aes_256_cbc(), password, -1, nullptr, 0, 1, plain);
  for_each_broken(der_of<X509_SIG>(encrypted, i2d_X509_SIG), [&](const std::string& broken) {
    files.check_pem(certificate, as_pem(broken, "ENCRYPTED PRIVATE KEY"));
  });
  X509_SIG_free(encrypted);
  PKCS8_PRIV_KEY_INFO_free(plain);
}
