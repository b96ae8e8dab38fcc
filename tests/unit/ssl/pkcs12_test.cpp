#include <openssl/pkcs12.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "ssl/identity.h"
#include "ssl/pem_pair.h"
#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;

namespace {

constexpr int patchable_rounds = 0x010101;  // three bytes in DER, found again below
constexpr int few_rounds = 2048;

struct Maker {
  const char* password = "geheim";
  int rounds = few_rounds;
  int mac_rounds = few_rounds;
  int cipher = NID_aes_256_cbc;

  std::string make(const Issued* leaf, const Issued* issuer) const {
    STACK_OF(X509)* const chain = sk_X509_new_null();
    if (issuer != nullptr) sk_X509_push(chain, issuer->certificate.get());
    const std::unique_ptr<PKCS12, decltype(&PKCS12_free)> file(
        PKCS12_create(password, "device", leaf == nullptr ? nullptr : leaf->key.get(),
                      leaf == nullptr ? nullptr : leaf->certificate.get(), chain, cipher, cipher, rounds, mac_rounds,
                      0),
        &PKCS12_free);
    sk_X509_free(chain);
    REQUIRE(file);
    unsigned char* bytes = nullptr;
    const int size = i2d_PKCS12(file.get(), &bytes);
    std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
  }
};

// What stands in a file, in its order, each with the name that its maker gives it.
struct Bag {
  Certificate certificate = {};
  Key key = {};
  std::string name = {};
};

std::string file_of(const std::vector<Bag>& order, bool sealed = true) {
  STACK_OF(PKCS12_SAFEBAG)* bags = nullptr;
  for (const Bag& one : order) {
    PKCS12_SAFEBAG* const bag = one.key ? PKCS12_add_key(&bags, one.key.get(), 0, 1, NID_aes_256_cbc, "geheim")
                                        : PKCS12_add_cert(&bags, one.certificate.get());
    REQUIRE(bag != nullptr);
    std::string id = one.name;
    if (id.empty()) continue;
    REQUIRE(PKCS12_add_localkeyid(bag, reinterpret_cast<unsigned char*>(id.data()), static_cast<int>(id.size())) == 1);
  }
  STACK_OF(PKCS7)* parts = nullptr;
  REQUIRE(PKCS12_add_safe(&parts, bags, NID_aes_256_cbc, 1, "geheim") == 1);
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  PKCS12* const file = PKCS12_add_safes(parts, 0);
  sk_PKCS7_pop_free(parts, PKCS7_free);
  if (sealed) REQUIRE(PKCS12_set_mac(file, "geheim", -1, nullptr, 0, 1, EVP_sha256()) == 1);
  unsigned char* bytes = nullptr;
  const int size = i2d_PKCS12(file, &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  PKCS12_free(file);
  return der;
}

// Turns every number of rounds that was made patchable into eight millions.
std::string with_endless_rounds(std::string der) {
  const std::string few("\x02\x03\x01\x01\x01", 5);
  std::size_t found = 0;
  for (auto at = der.find(few); at != std::string::npos; at = der.find(few, at)) {
    der.replace(at, few.size(), std::string("\x02\x03\x7F\xFF\xFF", 5));
    ++found;
  }
  REQUIRE(found > 0);
  return der;
}

struct Import {
  ScratchFolder scratch;
  Issued ca = root();
  Issued leaf = issue(ca, client_order());
  bool asked = false;

  Result<ssl::PemPair> read(const std::string& content, const std::string& password = "geheim") {
    ssl::IdentityFiles files;
    files.certificate = scratch.write("client.pfx", content, 0644);
    files.ask_key_password = [this, password] {
      asked = true;
      return Result<Secret>(Secret(std::string(password)));
    };
    return ssl::make_pem_pair(files, ssl::WithChain::yes, wall_now());
  }
  std::string refused(const std::string& content, const std::string& password = "geheim") {
    const auto pair = read(content, password);
    REQUIRE_FALSE(pair);
    CHECK(pair.error().kind == ErrorKind::identity);
    CHECK_FALSE(pair.error().remedy.empty());
    CHECK_THAT(pair.error().message, Contains("client.pfx"));
    return pair.error().line();
  }
};

}  // namespace

TEST_CASE("a .pfx that is cut anywhere is refused", "[pkcs12]") {
  Import import;
  const std::string whole = Maker{.rounds = 1, .mac_rounds = 1}.make(&import.leaf, &import.ca);
  for (std::size_t size = 0; size < whole.size(); ++size) import.refused(whole.substr(0, size));
  CHECK(import.read(whole));
}

TEST_CASE("a .pfx with a byte changed anywhere is refused or gives the same pair, and nothing else", "[pkcs12]") {
  Import import;
  const std::string whole = Maker{.rounds = 1, .mac_rounds = 1}.make(&import.leaf, &import.ca);
  const auto good = import.read(whole);
  REQUIRE(good);
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 0x21);
    const auto pair = import.read(broken);
    if (pair) CHECK(pair->leaf.fingerprint == good->leaf.fingerprint);
  }
}

TEST_CASE("rounds that would take hours are refused before the first one", "[pkcs12]") {
  Import import;
  // Without a seal, which would no longer fit what is changed below it.
  const Maker makers[] = {
      {.mac_rounds = patchable_rounds},
      {.rounds = patchable_rounds, .mac_rounds = -1},
      {.rounds = patchable_rounds, .mac_rounds = -1, .cipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC}};
  for (const Maker& maker : makers) {
    const std::string endless = with_endless_rounds(maker.make(&import.leaf, nullptr));
    CHECK_THAT(import.refused(endless), Contains("more rounds"));
  }
}

TEST_CASE("a wrong password is told from a broken file", "[pkcs12]") {
  Import import;
  CHECK_THAT(import.refused(Maker{}.make(&import.leaf, nullptr), "falsch"), Contains("the password for"));
}

TEST_CASE("without a password, or with an empty one, nobody is asked", "[pkcs12]") {
  Import import;
  for (const char* none : {static_cast<const char*>(nullptr), ""}) {
    CHECK(import.read(Maker{.password = none}.make(&import.leaf, nullptr)));
    CHECK_FALSE(import.asked);
  }
}

TEST_CASE("passwords beyond ASCII and old ciphers are read", "[pkcs12]") {
  Import import;
  const char* const password = "gr\xC3\xBC\xC3\x9F\x65 \xE5\xAF\x86";
  CHECK(import.read(Maker{.password = password}.make(&import.leaf, nullptr), password));
  CHECK(import.read(
      Maker{.password = password, .cipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC}.make(&import.leaf, nullptr),
      password));
}

TEST_CASE("the pair is clean: the leaf, no root, and a key without a password", "[pkcs12]") {
  Import import;
  const auto pair = import.read(Maker{}.make(&import.leaf, &import.ca));
  REQUIRE(pair);
  CHECK(pair->certificates == pem(import.leaf.certificate));
  CHECK(pair->key.reveal() == pkcs8(import.leaf.key));
}

TEST_CASE("a .pfx without a key, or without the certificate of its key, is told as such", "[pkcs12]") {
  Import import;
  CHECK_THAT(import.refused(Maker{}.make(nullptr, &import.ca)), Contains("holds no private key"));
  const Issued keyless{nullptr, import.leaf.key};
  CHECK_THAT(import.refused(Maker{}.make(&keyless, &import.ca)), Contains("no certificate for its private key"));
}

TEST_CASE("the chain of a .pfx may stand in any order, before the leaf or after it", "[pkcs12]") {
  Import import;
  const Issued upper = intermediate(import.ca, "Upper");
  const Issued lower = intermediate(upper, "Lower");
  const Issued leaf = issue(lower, client_order());
  std::vector<Bag> bags{
      {import.ca.certificate}, {upper.certificate}, {lower.certificate}, {leaf.certificate}, {{}, leaf.key}};
  const auto by_place = [](const Bag& a, const Bag& b) {
    return std::pair(a.certificate.get(), a.key.get()) < std::pair(b.certificate.get(), b.key.get());
  };
  std::sort(bags.begin(), bags.end(), by_place);
  do {
    const auto pair = import.read(file_of(bags));
    REQUIRE(pair);
    REQUIRE(pair->certificates == pem(leaf.certificate) + pem(lower.certificate) + pem(upper.certificate));
    REQUIRE(pair->key.reveal() == pkcs8(leaf.key));
  } while (std::next_permutation(bags.begin(), bags.end(), by_place));
}

TEST_CASE("of several certificates for one key its maker's own is taken", "[pkcs12]") {
  Import import;
  Order longer = client_order();
  longer.name = "other";
  longer.ends = 60 * day;
  const Issued other = issue(import.ca, longer, import.leaf.key);
  const auto taken = [&](const std::string& of_leaf, const std::string& of_other) {
    const auto pair = import.read(file_of(
        {{other.certificate, {}, of_other}, {import.leaf.certificate, {}, of_leaf}, {{}, import.leaf.key, "1"}}));
    REQUIRE(pair);
    return pair->certificates.substr(0, pem(import.leaf.certificate).size()) == pem(import.leaf.certificate);
  };
  CHECK(taken("1", ""));
  CHECK(taken("1", "2"));
  CHECK_FALSE(taken("", "1"));
}

TEST_CASE("a renewed certificate counts though its maker called the expired one its own", "[pkcs12]") {
  Import import;
  Order expired = client_order();
  expired.begins = -20 * day;
  expired.ends = -day;
  const Issued old = issue(import.ca, expired, import.leaf.key);
  const auto pair =
      import.read(file_of({{old.certificate, {}, "1"}, {import.leaf.certificate}, {{}, import.leaf.key, "1"}}));
  REQUIRE(pair);
  CHECK(pair->leaf.not_after > wall_now());
}

TEST_CASE("of several pairs the one that a beacon would take", "[pkcs12]") {
  Import import;
  Order order = client_order();
  SECTION("for clients") { order = server_order(); }
  SECTION("in date") {
    order.name = "old";
    order.begins = -20 * day;
    order.ends = -day;
  }
  SECTION("the newest of one name") { order.ends = 10 * day; }
  const Issued other = issue(import.ca, order);
  std::vector<Bag> bags{{other.certificate, {}, "1"},
                        {{}, other.key, "1"},
                        {{}, import.leaf.key, "2"},
                        {import.leaf.certificate, {}, "2"}};
  for (int turn = 0; turn < 2; ++turn) {
    const auto pair = import.read(file_of(bags));
    REQUIRE(pair);
    CHECK(pair->key.reveal() == pkcs8(import.leaf.key));
    std::reverse(bags.begin(), bags.end());
  }
}

TEST_CASE("where two devices' pairs are in one .pfx nobody guesses", "[pkcs12]") {
  Import import;
  Order order = client_order();
  order.name = "device-2";
  const Issued other = issue(import.ca, order);
  const std::string line = import.refused(file_of({{other.certificate, {}, "1"},
                                                   {{}, other.key, "1"},
                                                   {import.leaf.certificate, {}, "2"},
                                                   {{}, import.leaf.key, "2"}}));
  CHECK_THAT(line, Contains("CN=device-2") && Contains("does not say which is meant"));
}

TEST_CASE("what no beacon would take is not imported", "[pkcs12]") {
  Import import;
  Order expired = client_order();
  expired.begins = -20 * day;
  expired.ends = -day;
  const Issued old = issue(import.ca, expired);
  CHECK_THAT(import.refused(Maker{}.make(&old, nullptr)), Contains("expired"));
}

TEST_CASE("a .pfx is an identity in place, private as a key", "[pkcs12]") {
  const ScratchFolder scratch;
  const Issued leaf = issue(root(), client_order());
  const std::string content = Maker{}.make(&leaf, nullptr);
  ssl::IdentityFiles files;
  files.certificate = scratch.write("client.pfx", content, 0600);
  files.key_password_file = scratch.write("password", "geheim\n", 0600);
  const auto identity = ssl::Identity::load(files, wall_now());
  REQUIRE(identity);
  CHECK_THAT((*identity)->leaf().issuer, Contains("Test Root"));
  scratch.write("client.pfx", content, 0644);
  const auto open = ssl::Identity::load(files, wall_now());
  REQUIRE_FALSE(open);
  CHECK_THAT(open.error().message, Contains("accessible to other users"));
  files.key_password_file.clear();
  scratch.write("client.pfx", content, 0600);
  const auto no_password = ssl::Identity::load(files, wall_now());
  REQUIRE_FALSE(no_password);
  CHECK_THAT(no_password.error().message, Contains("has a password and none is set"));
}

TEST_CASE("an algorithm that this system does not have is named, and no wrong password", "[pkcs12]") {
  Import import;
  const std::string good = file_of({{import.leaf.certificate, {}, "a"}, {{}, import.leaf.key, "a"}});
  const auto with_last_byte = [&](const std::string& oid) {
    std::string content = good;
    const auto at = content.rfind(oid);
    REQUIRE(at != std::string::npos);
    content[at + oid.size() - 1] = '\x7F';
    return content;
  };
  SECTION("the digest of its seal") {
    const std::string sha256("\x60\x86\x48\x01\x65\x03\x04\x02\x01", 9);
    CHECK_THAT(import.refused(with_last_byte(sha256)),
               Contains("is sealed with the digest 2.16.840.1.101.3.4.2.127") && Contains("-macalg sha256"));
    CHECK_FALSE(import.asked);
  }
}

TEST_CASE("a cipher that this system does not have is named", "[pkcs12]") {
  Import import;
  std::string content = file_of({{import.leaf.certificate, {}, "a"}, {{}, import.leaf.key, "a"}}, false);
  const std::string aes("\x60\x86\x48\x01\x65\x03\x04\x01\x2A", 9);
  const auto at = content.find(aes);
  REQUIRE(at != std::string::npos);
  content[at + aes.size() - 1] = '\x7F';
  CHECK_THAT(import.refused(content), Contains("is encrypted with 2.16.840.1.101.3.4.1.127"));
}
