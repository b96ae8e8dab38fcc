#include "tests/unit/ssl/authority.h"

#include <openssl/bio.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <functional>
#include <stdexcept>

namespace muster::testing {
namespace {

void must(bool done) {
  if (!done) throw std::runtime_error("the tests cannot make their certificates");
}

Key owned(EVP_PKEY* key) {
  must(key != nullptr);
  return {key, EVP_PKEY_free};
}

long next_serial() {
  static long last = 0x1000;
  return ++last;
}

const EVP_MD* digest_for(const Key& key) {
  return EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

std::string written(const std::function<int(BIO*)>& write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  must(write(bio.get()) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

// Without an issuer the certificate signs itself.
Issued make(const Issued* issuer, const Order& order, const Key& key) {
  const Certificate certificate(X509_new(), X509_free);
  X509* raw = certificate.get();
  X509* above = issuer == nullptr ? raw : issuer->certificate.get();
  must(X509_set_version(raw, X509_VERSION_3) == 1);
  must(ASN1_INTEGER_set(X509_get_serialNumber(raw), next_serial()) == 1);
  must(X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(order.name.c_str()), -1, -1, 0) == 1);
  must(X509_set_issuer_name(raw, X509_get_subject_name(above)) == 1);
  must(X509_gmtime_adj(X509_getm_notBefore(raw), order.begins) != nullptr);
  must(X509_gmtime_adj(X509_getm_notAfter(raw), order.ends) != nullptr);
  if (!order.end.empty()) must(ASN1_TIME_set_string_X509(X509_getm_notAfter(raw), order.end.c_str()) == 1);
  must(X509_set_pubkey(raw, key.get()) == 1);
  X509V3_CTX context{};
  X509V3_set_ctx(&context, above, raw, nullptr, nullptr, 0);
  for (const auto& [nid, value] : order.extensions) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    must(extension != nullptr && X509_add_ext(raw, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }
  const Key& signer = issuer == nullptr ? key : issuer->key;
  must(X509_sign(raw, signer.get(), digest_for(signer)) > 0);
  return {certificate, key};
}

void add_number(X509_CRL* crl, int nid, long number, bool critical) {
  const std::unique_ptr<ASN1_INTEGER, void (*)(ASN1_INTEGER*)> value(ASN1_INTEGER_new(), ASN1_INTEGER_free);
  must(ASN1_INTEGER_set(value.get(), number) == 1);
  must(X509_CRL_add1_ext_i2d(crl, nid, value.get(), critical ? 1 : 0, X509V3_ADD_DEFAULT) == 1);
}

void add_reason(X509_REVOKED* entry, long reason) {
  const std::unique_ptr<ASN1_ENUMERATED, void (*)(ASN1_ENUMERATED*)> value(ASN1_ENUMERATED_new(), ASN1_ENUMERATED_free);
  must(ASN1_ENUMERATED_set(value.get(), reason) == 1);
  must(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value.get(), 0, X509V3_ADD_DEFAULT) == 1);
}

std::shared_ptr<X509_CRL> make_crl(const Issued& issuer, const CrlOrder& order) {
  std::shared_ptr<X509_CRL> crl(X509_CRL_new(), X509_CRL_free);
  must(X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1);
  must(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.get())) == 1);
  const std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> time(ASN1_TIME_new(), ASN1_TIME_free);
  X509_gmtime_adj(time.get(), order.begins);
  must(X509_CRL_set1_lastUpdate(crl.get(), time.get()) == 1);
  X509_gmtime_adj(time.get(), order.ends);
  must(X509_CRL_set1_nextUpdate(crl.get(), time.get()) == 1);
  X509_gmtime_adj(time.get(), order.begins);
  for (const Certificate& one : order.revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    must(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one.get())) == 1);
    must(X509_REVOKED_set_revocationDate(entry, time.get()) == 1);
    if (order.reason >= 0) add_reason(entry, order.reason);
    must(X509_CRL_add0_revoked(crl.get(), entry) == 1);
  }
  if (order.number != 0) add_number(crl.get(), NID_crl_number, order.number, false);
  if (order.base != 0) add_number(crl.get(), NID_delta_crl, order.base, true);
  for (const auto& [nid, value] : order.extensions) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    must(extension != nullptr && X509_CRL_add_ext(crl.get(), extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }
  const Key& signer = order.signed_by ? order.signed_by : issuer.key;
  must(X509_CRL_sign(crl.get(), signer.get(), digest_for(signer)) > 0);
  return crl;
}

std::string encrypted(const Key& key, const std::string& password, bool as_pkcs8) {
  auto* text = const_cast<char*>(password.data());
  const int size = static_cast<int>(password.size());
  return written([&](BIO* bio) {
    return as_pkcs8
               ? PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_256_cbc(), text, size, nullptr, nullptr)
               : PEM_write_bio_PrivateKey_traditional(bio, key.get(), EVP_aes_256_cbc(),
                                                      reinterpret_cast<unsigned char*>(text), size, nullptr, nullptr);
  });
}

}  // namespace

Key ec_key() { return owned(EVP_EC_gen("P-256")); }
Key rsa_key(unsigned bits) { return owned(EVP_RSA_gen(bits)); }
Key ed25519_key() { return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

Issued self_signed(const Order& order, const Key& key) { return make(nullptr, order, key); }
Issued issue(const Issued& issuer, const Order& order, const Key& key) { return make(&issuer, order, key); }

Issued root(const std::string& name) {
  return self_signed({name,
                      {{NID_basic_constraints, "critical,CA:TRUE"},
                       {NID_key_usage, "critical,keyCertSign,cRLSign"},
                       {NID_subject_key_identifier, "hash"}}});
}

Issued intermediate(const Issued& issuer, const std::string& name) {
  return issue(issuer, {name,
                        {{NID_basic_constraints, "critical,CA:TRUE"},
                         {NID_key_usage, "critical,keyCertSign,cRLSign"},
                         {NID_subject_key_identifier, "hash"},
                         {NID_authority_key_identifier, "keyid"}}});
}

Order server_order(const std::string& alternative_names) {
  Order order{"localhost", {{NID_key_usage, "digitalSignature"}, {NID_ext_key_usage, "serverAuth"}}};
  if (!alternative_names.empty()) order.extensions.emplace_back(NID_subject_alt_name, alternative_names);
  return order;
}

Order client_order() { return {"device-1", {{NID_key_usage, "digitalSignature"}, {NID_ext_key_usage, "clientAuth"}}}; }

std::string crl_pem(const Issued& issuer, const CrlOrder& order) {
  return written([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, make_crl(issuer, order).get()); });
}

std::string crl_der(const Issued& issuer, const CrlOrder& order) {
  return written([&](BIO* bio) { return i2d_X509_CRL_bio(bio, make_crl(issuer, order).get()); });
}

std::string ocsp_der(const Issued& issuer, const Certificate& about, const OcspOrder& order) {
  using Time = std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)>;
  const std::unique_ptr<OCSP_BASICRESP, void (*)(OCSP_BASICRESP*)> basic(OCSP_BASICRESP_new(), OCSP_BASICRESP_free);
  const std::unique_ptr<OCSP_CERTID, void (*)(OCSP_CERTID*)> id(
      OCSP_cert_to_id(nullptr, about.get(), issuer.certificate.get()), OCSP_CERTID_free);
  const Time from(X509_gmtime_adj(nullptr, order.begins), ASN1_TIME_free);
  const Time until(order.ends == 0 ? nullptr : X509_gmtime_adj(nullptr, order.ends), ASN1_TIME_free);
  must(OCSP_basic_add1_status(basic.get(), id.get(), order.status, 0, from.get(), from.get(), until.get()) != nullptr);
  must(OCSP_basic_sign(basic.get(), issuer.certificate.get(), issuer.key.get(), EVP_sha256(), nullptr, 0) == 1);

  const std::unique_ptr<OCSP_RESPONSE, void (*)(OCSP_RESPONSE*)> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()), OCSP_RESPONSE_free);
  return written([&](BIO* bio) { return ASN1_i2d_bio_of(OCSP_RESPONSE, i2d_OCSP_RESPONSE, bio, response.get()); });
}

std::string pem(const Certificate& certificate) {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

std::string der(const Certificate& certificate) {
  return written([&](BIO* bio) { return i2d_X509_bio(bio, certificate.get()); });
}

std::string pkcs8(const Key& key) {
  return written(
      [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

std::string traditional(const Key& key) {
  return written([&](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string pkcs8_encrypted(const Key& key, const std::string& password) { return encrypted(key, password, true); }

std::string traditional_encrypted(const Key& key, const std::string& password) {
  return encrypted(key, password, false);
}

}  // namespace muster::testing
