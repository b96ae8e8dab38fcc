#include "ssl/openssl/keys/encrypted_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <array>
#include <vector>

#include "ssl/openssl/keys/pem_blocks.h"

namespace muster::ssl {
namespace {

using CipherPtr = std::unique_ptr<EVP_CIPHER, Free<EVP_CIPHER_free>>;
using CipherContextPtr = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using SignaturePtr = std::unique_ptr<X509_SIG, Free<X509_SIG_free>>;
using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<PKCS8_PRIV_KEY_INFO_free>>;

struct Block {
  std::string header;  // with DEK-Info; empty: PKCS#8
  std::vector<unsigned char> der;
};

bool is_encrypted(const PemBlock& block) {
  if (block.name == PEM_STRING_PKCS8) return true;
  return block.name.ends_with("PRIVATE KEY") && block.header.find("DEK-Info:") != std::string_view::npos;
}

std::optional<Block> encrypted_block(std::string_view pem) {
  std::optional<Block> found;
  for_each_block(pem, [&](const PemBlock& block) {
    if (is_encrypted(block)) found = Block{std::string(block.header), {block.der, block.der + block.size}};
    return !found;
  });
  return found;
}

SignaturePtr pkcs8_of(const Block& block) {
  const unsigned char* bytes = block.der.data();
  return SignaturePtr(d2i_X509_SIG(nullptr, &bytes, static_cast<long>(block.der.size())));
}

std::string name_in_header(const std::string& header) {
  const std::size_t begin = header.find("DEK-Info:") + std::string_view("DEK-Info:").size();
  const std::size_t name = header.find_first_not_of(' ', begin);
  if (name == std::string::npos) return "an unreadable cipher";
  return header.substr(name, header.find_first_of(", \r\n", name) - name);
}

// OpenSSL's own form before PKCS#8: the key of the cipher is an MD5 of password and salt.
KeyPtr decrypt_traditional(const Block& block, std::string_view password, OSSL_LIB_CTX* context) {
  EVP_CIPHER_INFO info{};
  std::string header = block.header;
  if (PEM_get_EVP_CIPHER_INFO(header.data(), &info) != 1 || info.cipher == nullptr) return nullptr;
  const CipherPtr cipher(EVP_CIPHER_fetch(context, EVP_CIPHER_get0_name(info.cipher), nullptr));
  if (!cipher) return nullptr;

  std::array<unsigned char, EVP_MAX_KEY_LENGTH> key{};
  EVP_BytesToKey(cipher.get(), EVP_md5(), info.iv, reinterpret_cast<const unsigned char*>(password.data()),
                 static_cast<int>(password.size()), 1, key.data(), nullptr);
  std::vector<unsigned char> plain(block.der.size() + EVP_MAX_BLOCK_LENGTH);
  int size = 0;
  int rest = 0;
  const CipherContextPtr work(EVP_CIPHER_CTX_new());
  const bool decrypted =
      EVP_DecryptInit_ex(work.get(), cipher.get(), nullptr, key.data(), info.iv) == 1 &&
      EVP_DecryptUpdate(work.get(), plain.data(), &size, block.der.data(), static_cast<int>(block.der.size())) == 1 &&
      EVP_DecryptFinal_ex(work.get(), plain.data() + size, &rest) == 1;

  const unsigned char* bytes = plain.data();
  KeyPtr found(decrypted ? d2i_AutoPrivateKey(nullptr, &bytes, size + rest) : nullptr);
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(plain.data(), plain.size());
  return found;
}

}  // namespace

std::optional<std::string> cipher_of_key(std::string_view pem) {
  const auto block = encrypted_block(pem);
  if (!block) return std::nullopt;
  if (!block->header.empty()) return name_in_header(block->header);

  const SignaturePtr pkcs8 = pkcs8_of(*block);
  const X509_ALGOR* algorithm = nullptr;
  if (pkcs8) X509_SIG_get0(pkcs8.get(), &algorithm, nullptr);
  ERR_clear_error();
  return pkcs8 ? std::optional(cipher_name(algorithm)) : std::nullopt;
}

KeyPtr decrypt_key(std::string_view pem, std::string_view password, OSSL_LIB_CTX* context) {
  const auto block = encrypted_block(pem);
  KeyPtr key;
  if (block && !block->header.empty()) {
    key = decrypt_traditional(*block, password, context);
  } else if (block) {
    const SignaturePtr pkcs8 = pkcs8_of(*block);
    const Pkcs8Ptr plain(
        pkcs8 ? PKCS8_decrypt_ex(pkcs8.get(), password.data(), static_cast<int>(password.size()), context, nullptr)
              : nullptr);
    if (plain) key.reset(EVP_PKCS82PKEY(plain.get()));
  }

  ERR_clear_error();
  return key;
}

}  // namespace muster::ssl
