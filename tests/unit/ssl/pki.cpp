#include "tests/unit/ssl/pki.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

namespace muster::test {
namespace {

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

const EVP_MD* digest_for(const EVP_PKEY* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "muster-ssl-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

std::filesystem::path Folder::write(const std::string& name, const std::string& content, unsigned mode) const {
  const auto path = path_ / name;
  std::ofstream(path, std::ios::binary) << content;
  ::chmod(path.c_str(), static_cast<mode_t>(mode));
  return path;
}

ssl::KeyPtr make_key(KeyKind kind) {
  switch (kind) {
    case KeyKind::rsa: return ssl::KeyPtr(EVP_RSA_gen(2048));
    case KeyKind::ed25519: return ssl::KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case KeyKind::ec: break;
  }
  return ssl::KeyPtr(EVP_EC_gen("P-256"));
}

std::string Pair::certificate_pem() const {
  const ssl::BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate.get());
  return text_of(bio.get());
}

std::string Pair::key_pem(const std::string& password) const {
  const ssl::BioPtr bio(BIO_new(BIO_s_mem()));
  const auto* bytes = password.empty() ? nullptr : password.c_str();
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), bytes == nullptr ? nullptr : EVP_aes_256_cbc(), bytes,
                                static_cast<int>(password.size()), nullptr, nullptr);
  return text_of(bio.get());
}

std::string Pair::traditional_key_pem() const {
  const ssl::BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey_traditional(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

Pair make_root(const std::string& name) {
  Profile profile{.name = name, .usage = "keyCertSign,cRLSign", .authority = true};
  return issue({}, profile);
}

Pair issue(const Pair& issuer, const Profile& profile) {
  Pair pair;
  pair.key = make_key(profile.kind);
  pair.certificate.reset(X509_new());
  X509* certificate = pair.certificate.get();
  X509* signer = issuer.certificate ? issuer.certificate.get() : certificate;
  X509_set_version(certificate, 2);
  unsigned char serial[8];
  RAND_bytes(&serial[0], sizeof serial);
  serial[0] &= 0x7fU;
  BIGNUM* number = BN_bin2bn(&serial[0], sizeof serial, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  X509_gmtime_adj(X509_getm_notBefore(certificate), profile.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), profile.valid_to);
  X509_set_pubkey(certificate, pair.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(profile.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  add_extension(certificate, signer, NID_basic_constraints, profile.authority ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(certificate, signer, NID_key_usage, profile.usage);
  add_extension(certificate, signer, NID_ext_key_usage, profile.extended_usage);
  add_extension(certificate, signer, NID_subject_alt_name, profile.alternative);
  EVP_PKEY* key = issuer.key ? issuer.key.get() : pair.key.get();
  REQUIRE(X509_sign(certificate, key, digest_for(key)) > 0);
  return pair;
}

std::string make_crl(const Pair& issuer, const CrlProfile& profile) {
  const ssl::CrlPtr crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), 1);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.get()));
  ASN1_TIME* time = ASN1_TIME_new();
  X509_gmtime_adj(time, profile.valid_from);
  X509_CRL_set1_lastUpdate(crl.get(), time);
  X509_gmtime_adj(time, profile.valid_to);
  X509_CRL_set1_nextUpdate(crl.get(), time);
  X509_gmtime_adj(time, profile.valid_from);
  for (const Pair* pair : profile.revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(pair->certificate.get()));
    X509_REVOKED_set_revocationDate(entry, time);
    X509_CRL_add0_revoked(crl.get(), entry);
  }
  ASN1_TIME_free(time);
  X509_CRL_sort(crl.get());
  auto* key = profile.signed_by != nullptr ? const_cast<EVP_PKEY*>(profile.signed_by) : issuer.key.get();
  REQUIRE(X509_CRL_sign(crl.get(), key, EVP_sha256()) > 0);
  const ssl::BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_CRL(bio.get(), crl.get());
  return text_of(bio.get());
}

}  // namespace muster::test
