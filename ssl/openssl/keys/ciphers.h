// What keys and .pfx files are encrypted with, and whether this system can decrypt it. Private to this folder.
#pragma once

#include <openssl/provider.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "ssl/openssl/types.h"

namespace muster::ssl {

// RC2, RC4, DES, SEED and other old ciphers, in a context of their own: nothing else gets to see them. One thread.
class OldCiphers {
 public:
  OldCiphers() = default;
  OldCiphers(const OldCiphers&) = delete;
  OldCiphers& operator=(const OldCiphers&) = delete;
  ~OldCiphers();

  OSSL_LIB_CTX* context();                               // loads the providers at its first call
  bool available() const { return legacy_ != nullptr; }  // false before that, and where there is no legacy provider

 private:
  std::unique_ptr<OSSL_LIB_CTX, Free<OSSL_LIB_CTX_free>> library_;
  OSSL_PROVIDER* default_ = nullptr;
  OSSL_PROVIDER* legacy_ = nullptr;
};

// The cipher of an encryption by password (RFC 8018, PBES1 and PBES2; RFC 7292, appendix C), as OpenSSL calls it, or
// its OID.
std::string cipher_name(const X509_ALGOR* algorithm);

// Whether the context's providers have a cipher, or a digest, of that name; null: the default ones.
bool has_cipher(OSSL_LIB_CTX* context, const std::string& name);
bool has_digest(const X509_ALGOR* algorithm);

std::string algorithm_name(const X509_ALGOR* algorithm);

}  // namespace muster::ssl
