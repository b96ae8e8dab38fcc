#include "ssl/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

namespace muster::ssl {

namespace {

// Fails only without memory or without the algorithm: a digest that is none must not come to be compared.
void require(int success) {
  if (success != 1) std::abort();
}

class Context {
 public:
  explicit Context(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new()) {
    require(EVP_DigestInit_ex(context_, algorithm, nullptr));
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(context_); }

  void update(std::string_view bytes) { require(EVP_DigestUpdate(context_, bytes.data(), bytes.size())); }

  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context_, digest.data(), &size));
    return {reinterpret_cast<const char*>(digest.data()), size};
  }

 private:
  EVP_MD_CTX* context_;
};

}  // namespace

struct Sha256::State {
  Context context{EVP_sha256()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) { state_->context.update(bytes); }
std::string Sha256::finish() { return state_->context.finish(); }

struct Sha512::State {
  Context context{EVP_sha512()};
};

Sha512::Sha512() : state_(std::make_unique<State>()) {}
Sha512::~Sha512() = default;
Sha512::Sha512(Sha512&&) noexcept = default;
Sha512& Sha512::operator=(Sha512&&) noexcept = default;

void Sha512::update(std::string_view bytes) { state_->context.update(bytes); }
std::string Sha512::finish() { return state_->context.finish(); }

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
