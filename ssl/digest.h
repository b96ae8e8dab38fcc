// SHA-256 and SHA-512 (FIPS 180-4), streaming.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace muster::ssl {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  std::string finish();  // 32 raw bytes; once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class Sha512 {
 public:
  Sha512();
  ~Sha512();
  Sha512(Sha512&&) noexcept;
  Sha512& operator=(Sha512&&) noexcept;

  void update(std::string_view bytes);
  std::string finish();  // 64 raw bytes; once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256(std::string_view bytes);

// HMAC-SHA-256 (RFC 2104): 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace muster::ssl
