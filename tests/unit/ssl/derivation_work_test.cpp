// Keys whose decryption would take hours.
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <catch2/catch.hpp>

#include "ssl/identity.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using ssl::Identity;

namespace {

const char* const password = "geheim";

using BlockPtr = std::unique_ptr<X509_SIG, decltype(&X509_SIG_free)>;

BlockPtr encrypted(const Key& key, X509_ALGOR* how) {
  PKCS8_PRIV_KEY_INFO* const plain = EVP_PKEY2PKCS8(key.get());
  BlockPtr block(PKCS8_set0_pbe(password, -1, plain, how), &X509_SIG_free);
  PKCS8_PRIV_KEY_INFO_free(plain);
  REQUIRE(block);
  return block;
}

BlockPtr by_pbkdf2(const Key& key, int rounds) {
  return encrypted(key, PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), rounds, nullptr, 0, nullptr, -1));
}

BlockPtr by_scrypt(const Key& key, std::uint64_t cost, std::uint64_t block_size, std::uint64_t parallel) {
  return encrypted(key, PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, cost, block_size, parallel));
}

std::string der_of(const BlockPtr& block) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_SIG(block.get(), &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string pem_of(const std::string& der, const char* name = "ENCRYPTED PRIVATE KEY") {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio(bio, name, "", reinterpret_cast<const unsigned char*>(der.data()), static_cast<long>(der.size()));
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string with(std::string der, const std::string& number, const std::string& other) {
  REQUIRE(number.size() == other.size());
  const auto at = der.find(number);
  REQUIRE(at != std::string::npos);
  return der.replace(at, number.size(), other);
}

// Without a seal, whose rounds are counted as well.
std::string pfx_of(const std::string& der, const Certificate& certificate) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  STACK_OF(PKCS12_SAFEBAG)* bags = nullptr;
  PKCS12_add_cert(&bags, certificate.get());
  X509_SIG* const block = d2i_X509_SIG(nullptr, &bytes, static_cast<long>(der.size()));
  sk_PKCS12_SAFEBAG_push(bags, PKCS12_SAFEBAG_create0_pkcs8(block));
  STACK_OF(PKCS7)* safes = nullptr;
  PKCS12_add_safe(&safes, bags, -1, 0, nullptr);
  PKCS12* const file = PKCS12_add_safes(safes, 0);
  unsigned char* out = nullptr;
  const int size = i2d_PKCS12(file, &out);
  std::string pfx(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  PKCS12_free(file);
  sk_PKCS7_pop_free(safes, PKCS7_free);
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  return pfx;
}

struct Device {
  ScratchFolder scratch;
  Issued client = issue(root(), client_order());

  Result<std::shared_ptr<const Identity>> load(const std::string& certificate, const std::string& key) const {
    ssl::IdentityFiles files{scratch.write("client.pem", certificate), scratch.write("client.key", key)};
    files.key_password_file = scratch.write("password", password);
    return Identity::load(files, wall_now());
  }
  Result<std::shared_ptr<const Identity>> load_key(const std::string& key) const {
    return load(pem(client.certificate), key);
  }
  void check_refused(const Result<std::shared_ptr<const Identity>>& identity) const {
    REQUIRE_FALSE(identity);
    CHECK(identity.error().kind == ErrorKind::identity);
    CHECK_THAT(identity.error().message, Contains("asks for more rounds of its key derivation than any maker uses"));
  }
};

const std::string seventy_thousand("\x02\x03\x01\x11\x70", 5);
const std::string eight_million("\x02\x03\x7F\xFF\xFF", 5);
const std::string two_hundred("\x02\x02\x00\xC8", 4);
const std::string thirty_thousand("\x02\x02\x75\x30", 4);

}  // namespace

TEST_CASE("a key with endless rounds is refused before the first one", "[work]") {
  const Device device;
  const std::string good = der_of(by_pbkdf2(device.client.key, 70'000));
  CHECK(device.load_key(pem_of(good)));
  const std::string endless = with(good, seventy_thousand, eight_million);
  device.check_refused(device.load_key(pem_of(endless)));
  device.check_refused(device.load_key("-----BEGIN NOISE-----\n?\n-----END NOISE-----\n" + pem_of(endless)));
  device.check_refused(device.load_key(pkcs8(device.client.key) + pem_of(endless)));
}

TEST_CASE("scrypt is counted with its memory and how often it is gone through", "[work]") {
  const Device device;
  CHECK(device.load_key(pem_of(der_of(by_scrypt(device.client.key, 16'384, 8, 1)))));  // as openssl pkcs8 -scrypt does
  const std::string good = der_of(by_scrypt(device.client.key, 1024, 2, 200));
  CHECK(device.load_key(pem_of(good)));
  device.check_refused(device.load_key(pem_of(with(good, two_hundred, thirty_thousand))));
}

TEST_CASE("so it is in a .pfx", "[work]") {
  const Device device;
  const std::string good = der_of(by_scrypt(device.client.key, 1024, 2, 200));
  CHECK(device.load(pfx_of(good, device.client.certificate), ""));
  device.check_refused(device.load(pfx_of(with(good, two_hundred, thirty_thousand), device.client.certificate), ""));
}
