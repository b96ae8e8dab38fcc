// A signing key for tests, and envelopes by it.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <string>

#include "platform/base/text.h"

namespace muster::policy {

class Signer {
 public:
  explicit Signer(unsigned char seed) {
    std::array<unsigned char, 32> secret{};
    secret.fill(seed);
    key_ = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size());
  }
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  ~Signer() { EVP_PKEY_free(key_); }

  std::string raw_key() const {
    std::array<unsigned char, 32> raw{};
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(key_, raw.data(), &size);
    return {raw.begin(), raw.end()};
  }

  std::string pem() const {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key_);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    std::string result(text, static_cast<std::size_t>(size));
    BIO_free(bio);
    return result;
  }

  std::string signature_of(const std::string& bytes) const {
    std::array<unsigned char, 64> signature{};
    std::size_t size = signature.size();
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key_);
    EVP_DigestSign(context, signature.data(), &size, reinterpret_cast<const unsigned char*>(bytes.data()),
                   bytes.size());
    EVP_MD_CTX_free(context);
    return {signature.begin(), signature.end()};
  }

  std::string envelope_of(const std::string& document) const {
    return "{\"signed_policy\": \"" + text::base64(document) + "\", \"signature\": \"" +
           text::base64(signature_of(document)) + "\"}";
  }

 private:
  EVP_PKEY* key_;
};

}  // namespace muster::policy
