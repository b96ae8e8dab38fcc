#include "ssl/identity.h"

#include <catch2/catch.hpp>

#include "tests/unit/ssl/pki.h"

using namespace muster;
using ssl::Identity;
using test::Folder;
using test::issue;
using test::KeyKind;
using test::Pair;
using test::Profile;

namespace {

const Profile client{.name = "device", .extended_usage = "clientAuth"};

struct Files {
  Folder folder;
  ssl::IdentityFiles paths;

  Files(const std::string& certificate, const std::string& key, unsigned key_mode = 0600) {
    paths.certificate = folder.write("cert.pem", certificate, 0644);
    paths.key = folder.write("key.pem", key, key_mode);
  }
  explicit Files(const Pair& pair) : Files(pair.certificate_pem(), pair.key_pem()) {}

  Result<std::shared_ptr<const Identity>> load() const { return Identity::load(paths, wall_now()); }
  // The message of the refusal, which must be one of the identity.
  std::string refusal() const {
    const auto loaded = load();
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().kind == ErrorKind::identity);
    CHECK_FALSE(loaded.error().cure.empty());
    return loaded.error().line();
  }
};

using Catch::Matchers::Contains;

}  // namespace

TEST_CASE("a whole pair becomes an identity, whatever the kind of its key", "[identity]") {
  const auto kind = GENERATE(KeyKind::ec, KeyKind::rsa, KeyKind::ed25519);
  const Pair root = test::make_root("Root");
  Profile profile = client;
  profile.kind = kind;
  const Pair pair = issue(root, profile);
  const auto identity = Files(pair).load();
  REQUIRE(identity);
  CHECK((*identity)->leaf().subject == "CN=device");
  CHECK((*identity)->leaf().issuer == "CN=Root");
}

TEST_CASE("keys in PKCS#1, SEC 1 and PKCS#8 are read", "[identity]") {
  Profile profile = client;
  profile.kind = GENERATE(KeyKind::ec, KeyKind::rsa);
  const Pair pair = issue(test::make_root("Root"), profile);
  CHECK(Files(pair.certificate_pem(), pair.traditional_key_pem()).load());
  CHECK(Files(pair.certificate_pem(), pair.key_pem()).load());
}

TEST_CASE("text around the blocks and CRLF do no harm", "[identity]") {
  const Pair pair = issue(test::make_root("Root"), client);
  std::string certificate = "Bag Attributes\n    friendlyName: device\nsubject=CN = device\n" + pair.certificate_pem();
  CHECK(Files(certificate, "Key Attributes: <No Attributes>\n" + pair.key_pem()).load());
  std::string with_crlf;
  for (const char c : certificate) with_crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(Files(with_crlf, pair.key_pem()).load());
}

TEST_CASE("the leaf is found wherever it stands among its chain", "[identity]") {
  const Pair root = test::make_root("Root");
  const Pair middle = issue(root, {.name = "Middle", .usage = "keyCertSign,cRLSign", .authority = true});
  const Pair pair = issue(middle, client);
  const std::string leaf = pair.certificate_pem();
  const std::string middle_pem = middle.certificate_pem();
  const std::string root_pem = root.certificate_pem();
  const auto in_order = Files(leaf + middle_pem + root_pem, pair.key_pem()).load();
  REQUIRE(in_order);
  for (const std::string& chain : {root_pem + middle_pem + leaf, middle_pem + leaf + root_pem}) {
    const auto identity = Files(chain, pair.key_pem()).load();
    REQUIRE(identity);
    CHECK((*identity)->leaf().subject == "CN=device");
    CHECK((*identity)->content_key() == (*in_order)->content_key());
  }
}

TEST_CASE("an encrypted key wants its password, and a wrong one is told apart from a broken key", "[identity]") {
  const Pair pair = issue(test::make_root("Root"), client);
  Files files(pair.certificate_pem(), pair.key_pem("correct horse"));
  CHECK_THAT(files.refusal(), Contains("encrypted") && Contains("SSLClientPrivateKeyPasswordFile"));
  files.paths.key_password_file = files.folder.write("password", "wrong\n");
  CHECK_THAT(files.refusal(), Contains("cannot be decrypted") && !Contains("wrong\n"));
  files.folder.write("password", "correct horse\r\nsecond line\n");
  CHECK(files.load());
  files.folder.write("password", "correct horse", 0644);
  CHECK_THAT(files.refusal(), Contains("mode 0644"));
}

TEST_CASE("what is not a whole pair is refused with its reason", "[identity]") {
  const Pair root = test::make_root("Root");
  const Pair pair = issue(root, client);
  const Pair other = issue(root, client);
  const std::string certificate = pair.certificate_pem();
  const std::string key = pair.key_pem();
  CHECK_THAT(Files(certificate, other.key_pem()).refusal(), Contains("does not belong to"));
  CHECK_THAT(Files("", key).refusal(), Contains("is empty"));
  CHECK_THAT(Files(key, key).refusal(), Contains("holds a private key"));
  CHECK_THAT(Files(certificate, certificate).refusal(), Contains("holds a certificate"));
  CHECK_THAT(Files(certificate, "").refusal(), Contains("is empty"));
  CHECK_THAT(Files(certificate, "no key at all").refusal(), Contains("not a private key"));
  CHECK_THAT(Files("no certificate at all", key).refusal(), Contains("not a certificate"));
}

TEST_CASE("certificate and key that were cut at any place are refused", "[identity]") {
  const Pair pair = issue(test::make_root("Root"), client);
  const std::string certificate = pair.certificate_pem();
  const std::string key = pair.key_pem();
  // The last line break is the one byte that is not missed.
  for (std::size_t size = 0; size + 2 < certificate.size(); size += 7) {
    Files(certificate.substr(0, size), key).refusal();
  }
  for (std::size_t size = 0; size + 2 < key.size(); ++size) Files(certificate, key.substr(0, size)).refusal();
}

TEST_CASE("a certificate out of its time is refused with the date", "[identity]") {
  const Pair root = test::make_root("Root");
  Profile expired = client;
  expired.valid_from = -7200;
  expired.valid_to = -60;
  CHECK_THAT(Files(issue(root, expired)).refusal(), Contains("expired on 20") && Contains("clock"));
  Profile later = client;
  later.valid_from = 600;
  CHECK_THAT(Files(issue(root, later)).refusal(), Contains("not valid before 20") && Contains("clock"));
}

TEST_CASE("a certificate for another use is refused", "[identity]") {
  const Pair root = test::make_root("Root");
  Profile server = client;
  server.extended_usage = "serverAuth";
  CHECK_THAT(Files(issue(root, server)).refusal(), Contains("clientAuth"));
  Profile mute = client;
  mute.usage = "keyEncipherment";
  CHECK_THAT(Files(issue(root, mute)).refusal(), Contains("digitalSignature"));
}

TEST_CASE("a certificate without stated uses, or for any use, is accepted", "[identity]") {
  const Pair root = test::make_root("Root");
  Profile any = client;
  any.extended_usage = GENERATE("", "anyExtendedKeyUsage", "serverAuth,clientAuth");
  any.usage = GENERATE("", "digitalSignature");
  CHECK(Files(issue(root, any)).load());
}

TEST_CASE("missing files are named with their cure", "[identity]") {
  const Pair pair = issue(test::make_root("Root"), client);
  Files files(pair);
  std::filesystem::remove(files.paths.key);
  CHECK_THAT(files.refusal(), Contains("key.pem") && Contains("SSLClientPrivateKeyFile"));
  std::filesystem::remove(files.paths.certificate);
  CHECK_THAT(files.refusal(), Contains("cert.pem") && Contains("SSLClientCertificateFile"));
}
