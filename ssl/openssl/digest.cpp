#include "ssl/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

namespace muster::ssl {

namespace {

// Fails only without memory or without SHA-256: a digest that is none must not come to be compared.
void require(int success) {
  if (success != 1) std::abort();
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { require(EVP_DigestInit_ex(context, EVP_sha256(), nullptr)); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) { require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size())); }

std::string Sha256::finish() {
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  require(EVP_DigestFinal_ex(state_->context, digest.data(), &size));
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, 32> code{};
  unsigned size = 0;
  const auto* const input = reinterpret_cast<const unsigned char*>(bytes.data());
  const bool done =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), input, bytes.size(), code.data(), &size) != nullptr;
  require(done ? 1 : 0);
  return {reinterpret_cast<const char*>(code.data()), size};
}

}  // namespace muster::ssl
