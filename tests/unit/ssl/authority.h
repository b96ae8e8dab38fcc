// Certificates, keys and CRLs of every good and bad kind, made at run time.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace muster::testing {

using Certificate = std::shared_ptr<X509>;
using Key = std::shared_ptr<EVP_PKEY>;

struct Issued {
  Certificate certificate;
  Key key;
};

using Extensions = std::vector<std::pair<int, std::string>>;  // NID and value as in OpenSSL's configuration

constexpr long day = 24L * 60 * 60;

struct Order {
  std::string name;  // becomes the CN
  Extensions extensions = {};
  long begins = -day;    // seconds from now
  long ends = 30 * day;  // seconds from now
  std::string end = {};  // GeneralizedTime; replaces `ends`
};

Key ec_key();
Key rsa_key(unsigned bits);
Key ed25519_key();

Issued self_signed(const Order& order, const Key& key = ec_key());
Issued issue(const Issued& issuer, const Order& order, const Key& key = ec_key());

Issued root(const std::string& name = "Test Root");
Issued intermediate(const Issued& issuer, const std::string& name = "Test Intermediate");
Order server_order(const std::string& alternative_names = "DNS:localhost,IP:127.0.0.1");
Order client_order();

struct CrlOrder {
  std::vector<Certificate> revoked = {};
  long begins = -day;
  long ends = 7 * day;
  Key signed_by = {};  // empty: the issuer's own key
  long number = 0;     // 0: none
  long base = 0;       // makes it a delta CRL
  Extensions extensions = {};
  int reason = -1;  // of its entries (RFC 5280, 5.3.1); -1: none is given
};
std::string crl_pem(const Issued& issuer, const CrlOrder& order = {});
std::string crl_der(const Issued& issuer, const CrlOrder& order = {});

struct OcspOrder {
  int status = 0;     // V_OCSP_CERTSTATUS_GOOD, ..._REVOKED, ..._UNKNOWN
  long begins = -60;  // seconds from now
  long ends = day;    // seconds from now; 0: it has no nextUpdate
};
std::string ocsp_der(const Issued& issuer, const Certificate& about, const OcspOrder& order = {});

std::string pem(const Certificate& certificate);
std::string der(const Certificate& certificate);
std::string pkcs8(const Key& key);
std::string pkcs8_encrypted(const Key& key, const std::string& password);
std::string traditional(const Key& key);  // PKCS#1 or SEC 1
std::string traditional_encrypted(const Key& key, const std::string& password);

}  // namespace muster::testing
