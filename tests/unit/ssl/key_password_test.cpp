#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <catch2/catch.hpp>

#include "ssl/identity.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;

namespace {

struct Device {
  ScratchFolder scratch;
  Issued client = issue(root(), client_order());
  ssl::IdentityFiles files{scratch / "client_cert.pem", scratch / "client_key.pem", scratch / "password"};

  Device() {
    scratch.write("client_cert.pem", pem(client.certificate));
    scratch.write("password", "secret\n", 0600);
  }
  void key(const std::string& content) const { scratch.write("client_key.pem", content, 0600); }
  void password(const std::string& content) const { scratch.write("password", content, 0600); }

  void check_loads() const {
    const auto identity = ssl::Identity::load(files, wall_now());
    INFO((identity ? std::string() : identity.error().line()));
    CHECK(identity);
  }
  std::string refused() const {
    const auto identity = ssl::Identity::load(files, wall_now());
    REQUIRE_FALSE(identity);
    CHECK(identity.error().kind == ErrorKind::identity);
    return identity.error().line();
  }
};

std::string text_of(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string encrypted(const Key& key, int scheme, const std::string& password, OSSL_LIB_CTX* library) {
  PKCS8_PRIV_KEY_INFO* const plain = EVP_PKEY2PKCS8(key.get());
  const bool is_cipher = scheme == NID_aes_256_cbc;
  X509_SIG* const encrypted =
      PKCS8_encrypt_ex(is_cipher ? -1 : scheme, is_cipher ? EVP_aes_256_cbc() : nullptr, password.data(),
                       static_cast<int>(password.size()), nullptr, 0, 2048, plain, library, nullptr);
  PKCS8_PRIV_KEY_INFO_free(plain);
  REQUIRE(encrypted != nullptr);
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8(bio, encrypted);
  X509_SIG_free(encrypted);
  return text_of(bio);
}

// In a context of its own with the legacy provider, as an old OpenSSL wrote it.
std::string encrypted_by_old_cipher(const Key& key, int scheme) {
  OSSL_LIB_CTX* const library = OSSL_LIB_CTX_new();
  OSSL_PROVIDER* const usual = OSSL_PROVIDER_load(library, "default");
  OSSL_PROVIDER* const legacy = OSSL_PROVIDER_load(library, "legacy");
  REQUIRE(legacy != nullptr);

  std::string text = encrypted(key, scheme, "secret", library);
  OSSL_PROVIDER_unload(legacy);
  OSSL_PROVIDER_unload(usual);
  OSSL_LIB_CTX_free(library);
  return text;
}

// OpenSSL's form before PKCS#8, encrypted by hand: the library refuses to write it with an old cipher.
std::string traditional_by_old_cipher(const Key& key, const char* name) {
  OSSL_LIB_CTX* const library = OSSL_LIB_CTX_new();
  OSSL_PROVIDER* const legacy = OSSL_PROVIDER_load(library, "legacy");
  REQUIRE(legacy != nullptr);
  EVP_CIPHER* const cipher = EVP_CIPHER_fetch(library, name, nullptr);
  REQUIRE(cipher != nullptr);

  std::string iv(static_cast<std::size_t>(EVP_CIPHER_get_iv_length(cipher)), '\x5A');
  unsigned char secret[EVP_MAX_KEY_LENGTH];
  EVP_BytesToKey(cipher, EVP_md5(), reinterpret_cast<const unsigned char*>(iv.data()),
                 reinterpret_cast<const unsigned char*>("secret"), 6, 1, secret, nullptr);

  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key.get(), &der);
  std::string bytes(static_cast<std::size_t>(size) + 32, '\0');
  int done = 0;
  int rest = 0;
  EVP_CIPHER_CTX* const work = EVP_CIPHER_CTX_new();
  EVP_EncryptInit_ex(work, cipher, nullptr, secret, reinterpret_cast<const unsigned char*>(iv.data()));
  EVP_EncryptUpdate(work, reinterpret_cast<unsigned char*>(bytes.data()), &done, der, size);
  EVP_EncryptFinal_ex(work, reinterpret_cast<unsigned char*>(bytes.data()) + done, &rest);

  std::string header = std::string("Proc-Type: 4,ENCRYPTED\nDEK-Info: ") + name + ",";
  for (std::size_t i = 0; i < iv.size(); ++i) header += "5A";
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio(bio, "EC PRIVATE KEY", (header + "\n").c_str(), reinterpret_cast<const unsigned char*>(bytes.data()),
                done + rest);
  EVP_CIPHER_CTX_free(work);
  OPENSSL_free(der);
  EVP_CIPHER_free(cipher);
  OSSL_PROVIDER_unload(legacy);
  OSSL_LIB_CTX_free(library);
  return text_of(bio);
}

std::string utf16(const std::string& ascii, bool big_endian) {
  std::string text = big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) text += big_endian ? std::string("\0", 1) + c : c + std::string("\0", 1);
  return text;
}

}  // namespace

TEST_CASE("a key with an old cipher is read with its password", "[password]") {
  const Device device;
  const int scheme = GENERATE(NID_pbeWithMD5AndDES_CBC, NID_pbeWithSHA1AndDES_CBC, NID_pbeWithMD5AndRC2_CBC,
                              NID_pbeWithSHA1AndRC2_CBC, NID_pbe_WithSHA1And128BitRC4, NID_pbe_WithSHA1And40BitRC4,
                              NID_pbe_WithSHA1And128BitRC2_CBC, NID_pbe_WithSHA1And40BitRC2_CBC);
  INFO(OBJ_nid2ln(scheme));
  device.key(encrypted_by_old_cipher(device.client.key, scheme));
  device.check_loads();
  device.password("wrong\n");
  CHECK_THAT(device.refused(), Contains("cannot be decrypted with the password that is set"));
}

TEST_CASE("a key in the traditional form with an old cipher is read with its password", "[password]") {
  const Device device;
  const char* const cipher = GENERATE("DES-CBC", "SEED-CBC", "BF-CBC");
  INFO(cipher);
  device.key(traditional_by_old_cipher(device.client.key, cipher));
  device.check_loads();
  device.password("wrong\n");
  CHECK_THAT(device.refused(), Contains("cannot be decrypted with the password that is set"));
}

TEST_CASE("a key with a cipher that this system does not have names it", "[password]") {
  const Device device;
  device.key(
      "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: CAST9-CBC,5A5A5A5A5A5A5A5A\n\n"
      "AAAAAAAAAAAAAAAA\n-----END EC PRIVATE KEY-----\n");
  const std::string line = device.refused();
  CHECK_THAT(line, !Contains("password that is set"));
}

TEST_CASE("a password file is read as editors write it", "[password]") {
  const Device device;
  device.key(pkcs8_encrypted(device.client.key, "secret"));
  SECTION("with a byte order mark") { device.password("\xEF\xBB\xBFsecret\r\n"); }
  SECTION("in UTF-16, little endian") { device.password(utf16("secret\r\n", false)); }
  SECTION("in UTF-16, big endian") { device.password(utf16("secret\nmore", true)); }
  SECTION("without an end of line") { device.password("secret"); }
  device.check_loads();
}

TEST_CASE("a password beyond ASCII is used as it is, or converted", "[password]") {
  const Device device;
  device.key(pkcs8_encrypted(device.client.key, "sch\xC3\xB6n"));
  SECTION("in UTF-8") {
    device.password("sch\xC3\xB6n\n");
    device.check_loads();
  }
  SECTION("in UTF-16") {
    device.password(std::string("\xFF\xFEs\0c\0h\0\xF6\0n\0\n\0", 14));
    device.check_loads();
  }
  SECTION("in Latin-1, which the error names") {
    device.password("sch\xF6n\n");
    CHECK_THAT(device.refused(), Contains("the password that is set, which is not UTF-8"));
  }
}

TEST_CASE("a password file that is no text is named as such", "[password]") {
  const Device device;
  device.key(pkcs8_encrypted(device.client.key, "secret"));
  device.password(std::string("s\0e\0c\0", 6));
  CHECK_THAT(device.refused(), Contains("/password is not text"));
}

TEST_CASE("a password may be longer than 1024 bytes", "[password]") {
  const Device device;
  const std::size_t size = GENERATE(as<std::size_t>{}, 1023, 1024, 1025, 5000);
  device.key(encrypted(device.client.key, NID_aes_256_cbc, std::string(size, 'p'), nullptr));
  device.password(std::string(size, 'p') + "\n");
  device.check_loads();
}

TEST_CASE("a longer password that OpenSSL's tools cut at 1024 bytes opens the key too", "[password]") {
  const Device device;
  device.key(pkcs8_encrypted(device.client.key, std::string(2000, 'p')));
  device.password(std::string(2000, 'p') + "\n");
  device.check_loads();
}
