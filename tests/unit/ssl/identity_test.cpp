#include "ssl/identity.h"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "platform/base/text.h"
#include "ssl/digest.h"
#include "tests/unit/platform/captured_stream.h"
#include "tests/unit/platform/privileges.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"

using namespace muster;
using namespace muster::testing;
using Catch::Matchers::Contains;
using ssl::Identity;
namespace fs = std::filesystem;

namespace {

struct Device {
  ScratchFolder scratch;
  Issued ca = root();
  Issued client = issue(ca, client_order());
  ssl::IdentityFiles files{scratch / "client_cert.pem", scratch / "client_key.pem", {}};

  Device() { deploy(client); }
  void deploy(const Issued& one) const {
    certificate(pem(one.certificate));
    key(pkcs8(one.key));
  }
  void deploy(const Order& order) const { deploy(issue(ca, order)); }
  void certificate(const std::string& content) const { scratch.write("client_cert.pem", content, 0644); }
  void key(const std::string& content, unsigned mode = 0600) const { scratch.write("client_key.pem", content, mode); }
  void password(const std::string& content, unsigned mode = 0600) {
    files.key_password_file = scratch.write("password", content, mode);
  }

  std::shared_ptr<const Identity> load() const {
    const auto identity = Identity::load(files, wall_now());
    INFO((identity ? std::string() : identity.error().line()));
    REQUIRE(identity);
    return *identity;
  }
  // The line for the operator: each refusal has its words, its remedy and the path.
  std::string refused() const {
    const auto identity = Identity::load(files, wall_now());
    REQUIRE_FALSE(identity);
    CHECK(identity.error().kind == ErrorKind::identity);
    CHECK_FALSE(identity.error().remedy.empty());
    CHECK_THAT(identity.error().message, Contains(scratch.path().string()));
    return identity.error().line();
  }
};

std::string fingerprint(const Certificate& certificate) { return text::hex(ssl::sha256(der(certificate))); }

std::string with_crlf(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return result;
}

}  // namespace

TEST_CASE("a certificate file that cannot be read is refused", "[identity]") {
  const Device device;
  SECTION("missing") {
    fs::remove(device.files.certificate);
    CHECK_THAT(device.refused(), Contains("errno 2") && Contains("set SSLClientCertificateFile"));
  }
  SECTION("folder") {
    fs::remove(device.files.certificate);
    device.scratch.folder("client_cert.pem");
    CHECK_THAT(device.refused(), Contains("it is a folder"));
  }
  SECTION("forbidden") {
    if (!is_root()) return;
    ScratchFolder::set_mode(device.files.certificate, 0600);
    const AsNobody nobody;
    CHECK_THAT(device.refused(), Contains("errno 13") && Contains("run as root or join the group muster"));
  }
  SECTION("too large") {
    device.certificate(std::string((1 << 20) + 1, 'x'));
    CHECK_THAT(device.refused(), Contains("larger than 1048576 bytes"));
  }
}

TEST_CASE("a certificate file without a certificate says what it is instead", "[identity]") {
  const Device device;
  SECTION("empty") {
    device.certificate("");
    CHECK_THAT(device.refused(), Contains("is empty"));
  }
  SECTION("key") {
    device.certificate(pkcs8(device.client.key));
    CHECK_THAT(device.refused(), Contains("holds a private key, not a certificate"));
  }
  SECTION("DER") {
    device.certificate(der(device.client.certificate));
    CHECK_THAT(device.refused(), Contains("openssl x509 -inform DER"));
  }
}

TEST_CASE("a broken certificate block is named by its number", "[identity]") {
  const Device device;
  const std::string good = pem(device.client.certificate);
  SECTION("cut in its middle") {
    device.certificate(good.substr(0, good.size() / 2));
    CHECK_THAT(device.refused(), Contains("certificate 1 in it cannot be read"));
  }
  SECTION("cut before its last line") {
    device.certificate(good.substr(0, good.find("-----END")));
    CHECK_THAT(device.refused(), Contains("certificate 1 in it cannot be read"));
  }
  SECTION("the second one") {
    device.certificate(good + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    CHECK_THAT(device.refused(), Contains("certificate 2 in it cannot be read") && Contains("OpenSSL"));
  }
}

TEST_CASE("a key file that is no usable key says why", "[identity]") {
  const Device device;
  const std::string good = pkcs8(device.client.key);
  SECTION("missing") {
    fs::remove(device.files.key);
    CHECK_THAT(device.refused(), Contains("errno 2") && Contains("set SSLClientPrivateKeyFile"));
  }
  SECTION("open to others") {
    device.key(good, 0644);
    CHECK_THAT(device.refused(), Contains("mode 0644") && Contains("chmod 0600"));
  }
  SECTION("empty") {
    device.key("");
    CHECK_THAT(device.refused(), Contains("is empty"));
  }
  SECTION("certificate") {
    device.key(pem(device.client.certificate));
    CHECK_THAT(device.refused(), Contains("holds a certificate, not a private key"));
  }
  SECTION("something else") {
    device.key("password1");
    CHECK_THAT(device.refused(), Contains("holds something else"));
  }
  SECTION("cut") {
    device.key(good.substr(0, good.size() / 2));
    CHECK_THAT(device.refused(), Contains("is broken") && Contains("OpenSSL"));
  }
  SECTION("too large") {
    device.key(std::string((1 << 20) + 1, 'x'));
    CHECK_THAT(device.refused(), Contains("larger than 1048576 bytes"));
  }
}

TEST_CASE("a certificate or a key that was cut at any place is refused", "[identity]") {
  const Device device;
  const std::string certificate = pem(device.client.certificate);
  const std::string key = pkcs8(device.client.key);
  // The last line break is the one byte that is not missed.
  for (std::size_t size = 0; size + 1 < certificate.size(); size += 7) {
    device.certificate(certificate.substr(0, size));
    device.refused();
  }
  device.certificate(certificate);
  for (std::size_t size = 0; size + 1 < key.size(); ++size) {
    device.key(key.substr(0, size));
    device.refused();
  }
}

TEST_CASE("a certificate file that was cut anywhere but behind a block is refused", "[identity]") {
  const Device device;
  const std::string leaf = pem(device.client.certificate);
  const std::string whole = leaf + pem(device.ca.certificate);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    INFO(size);
    device.certificate(whole.substr(0, size));
    const bool at_boundary = (size + 1 >= leaf.size() && size <= leaf.size()) || size + 1 >= whole.size();
    CHECK(Identity::load(device.files, wall_now()).has_value() == at_boundary);
  }
  device.certificate(leaf + "a note -- whose last line\n----- is no block");
  device.load();
}

TEST_CASE("a key of another certificate is refused with both paths", "[identity]") {
  const Device device;
  SECTION("of the same algorithm") { device.key(pkcs8(ec_key())); }
  SECTION("of another algorithm") { device.key(pkcs8(ed25519_key())); }
  CHECK_THAT(device.refused(),
             Contains("does not belong") && Contains("client_cert.pem") && Contains("client_key.pem"));
}

TEST_CASE("a certificate out of its dates is refused with the date", "[identity]") {
  const Device device;
  Order order = client_order();
  SECTION("expired") {
    order.end = "20240229120000Z";
    order.begins = -4000 * day;
    device.deploy(order);
    CHECK_THAT(device.refused(), Contains("expired on 2024-02-29 12:00:00 UTC") && Contains("device-1"));
  }
  SECTION("not yet valid") {
    order.begins = 2 * day;
    device.deploy(order);
    CHECK_THAT(device.refused(), Contains("not valid before") && Contains("set this machine's clock"));
  }
}

TEST_CASE("a certificate is judged at the time that is given", "[identity]") {
  const Device device;
  CHECK_FALSE(Identity::load(device.files, wall_now() + std::chrono::hours(31 * 24)));
  CHECK_FALSE(Identity::load(device.files, wall_now() - std::chrono::hours(48)));
}

TEST_CASE("a certificate without an end is valid", "[identity]") {
  const Device device;
  Order order = client_order();
  order.end = "99991231235959Z";  // RFC 5280, 4.1.2.5; beyond what the clock can express
  device.deploy(order);
  CHECK(device.load()->leaf().not_after > wall_now() + std::chrono::hours(200 * 365 * 24));
}

TEST_CASE("a certificate for another purpose is refused", "[identity]") {
  const Device device;
  SECTION("extended key usage") {
    device.deploy({"device-1", {{NID_ext_key_usage, "serverAuth,emailProtection"}}});
    CHECK_THAT(device.refused(), Contains("not for client authentication"));
  }
  SECTION("key usage") {
    device.deploy({"device-1", {{NID_key_usage, "keyEncipherment"}}});
    CHECK_THAT(device.refused(), Contains("without digitalSignature"));
  }
}

TEST_CASE("a certificate that does not limit its purpose is accepted", "[identity]") {
  const Device device;
  SECTION("no usage") { device.deploy(Order{"device-1"}); }
  SECTION("any usage") { device.deploy({"device-1", {{NID_ext_key_usage, "anyExtendedKeyUsage"}}}); }
  SECTION("several usages") { device.deploy({"device-1", {{NID_ext_key_usage, "serverAuth,clientAuth"}}}); }
  CHECK(device.load());
}

TEST_CASE("a key that every handshake would refuse is refused at once", "[identity]") {
  const Device device;
  device.deploy(issue(device.ca, client_order(), rsa_key(1024)));
  CHECK_THAT(device.refused(), Contains("cannot be used for TLS") && Contains("too small"));
}

TEST_CASE("keys are read in every usual form", "[identity]") {
  const Device device;
  SECTION("EC in PKCS#8") {}
  SECTION("EC in SEC 1") { device.key(traditional(device.client.key)); }
  SECTION("EC in SEC 1 behind its parameters") {
    device.key("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" +
               traditional(device.client.key));
  }
  SECTION("Ed25519") { device.deploy(issue(device.ca, client_order(), ed25519_key())); }
  SECTION("RSA in PKCS#8") { device.deploy(issue(device.ca, client_order(), rsa_key(2048))); }
  SECTION("RSA in PKCS#1") {
    const auto client = issue(device.ca, client_order(), rsa_key(2048));
    device.deploy(client);
    device.key(traditional(client.key));
  }
  SECTION("with Windows line ends") { device.key(with_crlf(pkcs8(device.client.key))); }
  SECTION("after other text") { device.key("Bag Attributes\n    localKeyID: 01\n" + pkcs8(device.client.key)); }
  CHECK(device.load()->leaf().subject == "CN=device-1");
}

TEST_CASE("an encrypted key without a password is refused and never asked for", "[identity]") {
  const Device device;
  SECTION("PKCS#8") { device.key(pkcs8_encrypted(device.client.key, "secret")); }
  SECTION("traditional") { device.key(traditional_encrypted(device.client.key, "secret")); }
  CHECK_THAT(device.refused(), Contains("is encrypted") && Contains("set SSLClientPrivateKeyPasswordFile"));
}

TEST_CASE("a wrong password is told apart from a broken key and never shown", "[identity]") {
  Device device;
  device.password("guess4711\n");
  SECTION("wrong, PKCS#8") {
    device.key(pkcs8_encrypted(device.client.key, "secret"));
    CHECK_THAT(device.refused(), Contains("cannot be decrypted") && !Contains("guess4711"));
  }
  SECTION("wrong, traditional") {
    device.key(traditional_encrypted(device.client.key, "secret"));
    CHECK_THAT(device.refused(), Contains("cannot be decrypted") && !Contains("guess4711"));
  }
  SECTION("empty") {
    device.password("");
    device.key(pkcs8_encrypted(device.client.key, "secret"));
    CHECK_THAT(device.refused(), Contains("cannot be decrypted"));
  }
  SECTION("longer than any") {
    device.password(std::string(5000, 'x'));
    device.key(pkcs8_encrypted(device.client.key, "secret"));
    CHECK_THAT(device.refused(), Contains("cannot be decrypted"));
  }
  SECTION("broken key") {
    const std::string whole = pkcs8_encrypted(device.client.key, "guess4711");
    device.key(whole.substr(0, whole.size() / 2));
    CHECK_THAT(device.refused(), Contains("is broken"));
  }
}

TEST_CASE("the password is the first line of its file", "[identity]") {
  Device device;
  device.key(pkcs8_encrypted(device.client.key, " s p\xC3\xA4ss "));
  const char* end = GENERATE("", "\n", "\r\n", "\nsecond line\n");
  device.password(" s p\xC3\xA4ss " + std::string(end));
  CHECK(device.load());
}

TEST_CASE("the password file obeys the rules for private files", "[identity]") {
  Device device;
  device.key(pkcs8_encrypted(device.client.key, "secret"));
  SECTION("open to others") {
    device.password("secret", 0644);
    CHECK_THAT(device.refused(), Contains("password") && Contains("mode 0644"));
  }
  SECTION("missing") {
    device.files.key_password_file = device.scratch / "password";
    CHECK_THAT(device.refused(), Contains("errno 2") && Contains("set SSLClientPrivateKeyPasswordFile"));
  }
}

TEST_CASE("a password for a key that needs none does no harm", "[identity]") {
  Device device;
  device.password("secret");
  CHECK(device.load());
}

TEST_CASE("certificates are read whatever stands around them", "[identity]") {
  const Device device;
  const std::string good = pem(device.client.certificate);
  SECTION("text before") { device.certificate("subject=CN = device-1\n" + std::string(2000, '-') + "\n" + good); }
  SECTION("Windows line ends") { device.certificate(with_crlf(good)); }
  SECTION("byte order mark") { device.certificate("\xEF\xBB\xBF" + good); }
  SECTION("no last line end") { device.certificate(good.substr(0, good.size() - 1)); }
  SECTION("the key in the same file") { device.certificate(pkcs8(device.client.key) + good); }
  CHECK(device.load()->leaf().fingerprint == fingerprint(device.client.certificate));
}

TEST_CASE("the chain is put in order, and a stranger is left out with a warning", "[identity]") {
  const Device device;
  const auto middle = intermediate(device.ca);
  const auto client = issue(middle, client_order());
  device.deploy(client);
  const std::string leaf = pem(client.certificate);
  const std::string chain = pem(middle.certificate);
  const std::string top = pem(device.ca.certificate);
  device.certificate(leaf + chain + top);
  const auto ordered = device.load();

  device.certificate(top + chain + leaf);
  CHECK(device.load()->content_key() == ordered->content_key());

  const CapturedStream captured;
  device.certificate(top + pem(root("Stranger").certificate) + leaf + chain);
  CHECK(device.load()->content_key() == ordered->content_key());
  CHECK_THAT(captured.text(), Contains("CN=Stranger is not part of the chain"));
}

TEST_CASE("of two CAs of one name the one that signed our certificate is in the chain", "[identity]") {
  const Device device;
  const auto former = intermediate(device.ca, "Issuing CA");
  const auto present = intermediate(device.ca, "Issuing CA");  // with a new key
  const auto client = issue(present, client_order());
  device.deploy(client);
  const std::string leaf = pem(client.certificate);
  device.certificate(leaf + pem(present.certificate));
  const auto alone = device.load();
  const CapturedStream captured;
  for (const std::string& others :
       {pem(former.certificate) + pem(present.certificate), pem(present.certificate) + pem(former.certificate)}) {
    device.certificate(leaf + others);
    CHECK(device.load()->content_key() == alone->content_key());
  }
  CHECK_THAT(captured.text(), Contains("CN=Issuing CA is not part of the chain"));
}

TEST_CASE("of two certificates for one key the renewed one is used", "[identity]") {
  const CapturedStream captured;  // the others are left out with a warning
  const Device device;
  Order order = client_order();
  order.ends = 300 * day;
  const auto renewed = issue(device.ca, order, device.client.key);
  order.begins = 2 * day;
  const auto future = issue(device.ca, order, device.client.key);
  device.certificate(pem(device.client.certificate) + pem(renewed.certificate) + pem(future.certificate));
  CHECK(device.load()->leaf().fingerprint == fingerprint(renewed.certificate));
}

TEST_CASE("the content key follows the content and not the file", "[identity]") {
  const Device device;
  const auto before = device.load()->content_key();
  device.certificate("comment\n" + pem(device.client.certificate));
  device.key(traditional(device.client.key));
  CHECK(device.load()->content_key() == before);
  device.deploy(issue(device.ca, client_order(), device.client.key));  // the same key, renewed
  CHECK(device.load()->content_key() != before);
}

TEST_CASE("the summary says what a person looks for", "[identity]") {
  const Device device;
  const auto leaf = device.load()->leaf();
  CHECK(leaf.subject == "CN=device-1");
  CHECK(leaf.issuer == "CN=Test Root");
  CHECK(leaf.fingerprint == fingerprint(device.client.certificate));
  CHECK_FALSE(leaf.serial.empty());
  CHECK(leaf.not_before < wall_now());
  CHECK(leaf.not_after > wall_now() + std::chrono::hours(29 * 24));
}

TEST_CASE("a hostile name in a certificate stays on one line", "[identity]") {
  const Device device;
  Order order = client_order();
  order.name = "x\nmuster: all is well";
  device.deploy(order);
  CHECK(device.load()->leaf().subject.find('\n') == std::string::npos);
}
