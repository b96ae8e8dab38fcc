#include "ssl/digest.h"

#include <windows.h>

#include <bcrypt.h>

#include <cstdlib>

namespace muster::ssl {
namespace {

// Fails only without memory or without the algorithm: a digest that is none must not come to be compared.
void require(NTSTATUS status) {
  if (status < 0) std::abort();
}

PUCHAR bytes_of(std::string_view text) {
  return const_cast<PUCHAR>(reinterpret_cast<const unsigned char*>(text.data()));  // BCrypt only reads them
}

class Algorithm {
 public:
  explicit Algorithm(const wchar_t* name, ULONG flags = 0) {
    require(::BCryptOpenAlgorithmProvider(&handle_, name, nullptr, flags));
  }
  Algorithm(const Algorithm&) = delete;
  Algorithm& operator=(const Algorithm&) = delete;
  ~Algorithm() { ::BCryptCloseAlgorithmProvider(handle_, 0); }

  BCRYPT_ALG_HANDLE get() const { return handle_; }

 private:
  BCRYPT_ALG_HANDLE handle_ = nullptr;
};

class Hash {
 public:
  Hash(const Algorithm& algorithm, std::size_t size, std::string_view key = {}) : size_(size) {
    require(
        ::BCryptCreateHash(algorithm.get(), &handle_, nullptr, 0, bytes_of(key), static_cast<ULONG>(key.size()), 0));
  }
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  ~Hash() { ::BCryptDestroyHash(handle_); }

  void update(std::string_view bytes) {
    constexpr std::size_t part = 1U << 30;  // the call takes 32 bits
    for (; !bytes.empty(); bytes.remove_prefix(std::min(part, bytes.size()))) {
      require(::BCryptHashData(handle_, bytes_of(bytes), static_cast<ULONG>(std::min(part, bytes.size())), 0));
    }
  }

  std::string finish() {
    std::string digest(size_, '\0');
    require(::BCryptFinishHash(handle_, bytes_of(digest), static_cast<ULONG>(digest.size()), 0));
    return digest;
  }

 private:
  BCRYPT_HASH_HANDLE handle_ = nullptr;
  std::size_t size_;
};

const Algorithm& sha256_algorithm() {
  static const Algorithm algorithm(BCRYPT_SHA256_ALGORITHM);
  return algorithm;
}

const Algorithm& sha512_algorithm() {
  static const Algorithm algorithm(BCRYPT_SHA512_ALGORITHM);
  return algorithm;
}

const Algorithm& hmac_algorithm() {
  static const Algorithm algorithm(BCRYPT_SHA256_ALGORITHM, BCRYPT_ALG_HANDLE_HMAC_FLAG);
  return algorithm;
}

constexpr std::size_t sha256_size = 32;
constexpr std::size_t sha512_size = 64;

}  // namespace

struct Sha256::State {
  Hash hash{sha256_algorithm(), sha256_size};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) { state_->hash.update(bytes); }
std::string Sha256::finish() { return state_->hash.finish(); }

struct Sha512::State {
  Hash hash{sha512_algorithm(), sha512_size};
};

Sha512::Sha512() : state_(std::make_unique<State>()) {}
Sha512::~Sha512() = default;
Sha512::Sha512(Sha512&&) noexcept = default;
Sha512& Sha512::operator=(Sha512&&) noexcept = default;

void Sha512::update(std::string_view bytes) { state_->hash.update(bytes); }
std::string Sha512::finish() { return state_->hash.finish(); }

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  Hash hash(hmac_algorithm(), sha256_size, key);
  hash.update(bytes);
  return hash.finish();
}

}  // namespace muster::ssl
