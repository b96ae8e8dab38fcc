#include "ssl/signature.h"

#include <fmt/core.h>
#include <sodium/core.h>
#include <sodium/crypto_sign_ed25519.h>
#include <windows.h>

#include <wincrypt.h>

#include <array>

#include "platform/file.h"

namespace muster::ssl {
namespace {

constexpr std::uint64_t max_key_file = 64ULL * 1024;
constexpr std::size_t key_size = crypto_sign_ed25519_PUBLICKEYBYTES;
constexpr std::size_t signature_size = crypto_sign_ed25519_BYTES;

// RFC 8410: what comes before the key in a SubjectPublicKeyInfo.
constexpr std::string_view key_prefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Empty: it is no PEM.
std::string der_of_pem(const std::string& pem) {
  constexpr std::string_view begin = "-----BEGIN PUBLIC KEY-----";
  const std::size_t place = pem.find(begin);
  if (place == std::string::npos) return {};

  std::array<BYTE, 1024> der{};
  auto size = static_cast<DWORD>(der.size());
  const bool good = ::CryptStringToBinaryA(pem.c_str() + place, 0, CRYPT_STRING_BASE64HEADER, der.data(), &size,
                                           nullptr, nullptr) != FALSE;
  return good ? std::string(der.begin(), der.begin() + size) : std::string();
}

}  // namespace

Result<std::string> load_ed25519_key(const std::filesystem::path& file) {
  const auto pem = platform::read_file(file, max_key_file);
  if (!pem) return fail(pem.error());
  const std::string der = der_of_pem(*pem);
  if (der.size() == key_prefix.size() + key_size && der.starts_with(key_prefix)) return der.substr(key_prefix.size());
  return fail(ErrorKind::preference, fmt::format("{} is not an Ed25519 public key in PEM form", file.string()),
              "make it with: openssl pkey -in KEY -pubout");
}

// Windows has no Ed25519: libsodium does it.
bool is_signed_by(std::string_view raw_key, std::string_view bytes, std::string_view signature) {
  if (raw_key.size() != key_size || signature.size() != signature_size || ::sodium_init() < 0) return false;
  return ::crypto_sign_ed25519_verify_detached(bytes_of(signature), bytes_of(bytes), bytes.size(), bytes_of(raw_key)) ==
         0;
}

}  // namespace muster::ssl
