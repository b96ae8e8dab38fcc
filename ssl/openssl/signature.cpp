#include "ssl/signature.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

#include "platform/file.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {
namespace {

using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;

constexpr std::uint64_t max_key_file = 64ULL * 1024;
constexpr std::size_t key_size = 32;
constexpr std::size_t signature_size = 64;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

Result<std::string> load_ed25519_key(const std::filesystem::path& file) {
  const auto pem = platform::read_file(file, max_key_file);
  if (!pem) return fail(pem.error());

  const BioPtr bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  const KeyPtr key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  std::array<unsigned char, key_size> raw{};
  std::size_t size = raw.size();
  const bool good = key && EVP_PKEY_get_id(key.get()) == EVP_PKEY_ED25519 &&
                    EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) == 1 && size == key_size;
  ERR_clear_error();
  if (good) return std::string(raw.begin(), raw.end());
  return fail(ErrorKind::preference, fmt::format("{} is not an Ed25519 public key in PEM form", file.string()),
              "make it with: openssl pkey -in KEY -pubout");
}

bool is_signed_by(std::string_view raw_key, std::string_view bytes, std::string_view signature) {
  if (raw_key.size() != key_size || signature.size() != signature_size) return false;
  const KeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(raw_key), raw_key.size()));
  const DigestContextPtr context(EVP_MD_CTX_new());
  const bool good =
      key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace muster::ssl
