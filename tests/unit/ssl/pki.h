// A throw-away PKI for the tests, made in a temporary folder by OpenSSL's own functions.
#pragma once

#include <openssl/x509.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ssl/openssl/types.h"

namespace muster::test {

class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(const std::string& name, const std::string& content, unsigned mode = 0600) const;

 private:
  std::filesystem::path path_;
};

enum class KeyKind { ec, rsa, ed25519 };

struct Profile {
  std::string name;
  std::string alternative = {};           // "DNS:localhost,IP:127.0.0.1"
  std::string extended_usage = {};        // "clientAuth"
  std::string usage = "digitalSignature";
  long valid_from = -3600;                // seconds from now
  long valid_to = 3600;
  bool authority = false;
  KeyKind kind = KeyKind::ec;
};

struct Pair {
  ssl::CertificatePtr certificate;
  ssl::KeyPtr key;

  std::string certificate_pem() const;
  std::string key_pem(const std::string& password = {}) const;  // PKCS#8
  std::string traditional_key_pem() const;                      // PKCS#1 or SEC 1
};

ssl::KeyPtr make_key(KeyKind kind);
Pair make_root(const std::string& name);
Pair issue(const Pair& issuer, const Profile& profile);

struct CrlProfile {
  std::vector<const Pair*> revoked = {};
  long valid_from = -3600;
  long valid_to = 3600;
  const EVP_PKEY* signed_by = nullptr;  // null: the issuer's key
};

std::string make_crl(const Pair& issuer, const CrlProfile& profile);  // PEM

}  // namespace muster::test
