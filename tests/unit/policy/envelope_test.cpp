#include "agent/policy/envelope.h"

#include <catch2/catch.hpp>

#include "ssl/signature.h"
#include "tests/unit/config/scratch_folder.h"
#include "tests/unit/policy/signer.h"

using namespace muster;
using namespace muster::policy;

namespace {

const std::string document = R"({"muster_policy": 1, "number": 3})";

std::string refusal(const std::string& file, const std::string& key) {
  const auto opened = open_envelope(file, key);
  return opened ? std::string() : opened.error().message;
}

}  // namespace

TEST_CASE("With a key an unsigned policy is refused") {
  CHECK(refusal(document, Signer(1).raw_key()) == "it is not signed, and PolicyKeyFile asks for a signature");
}

TEST_CASE("With a key a signature by another one, or over other bytes, is refused") {
  const Signer signer(1);
  const std::string reason = "it is not signed by the key in PolicyKeyFile";
  CHECK(refusal(Signer(2).envelope_of(document), signer.raw_key()) == reason);
  const std::string other = R"({"signed_policy": ")" + text::base64(document + " ") + R"(", "signature": ")" +
                            text::base64(signer.signature_of(document)) + "\"}";
  CHECK(refusal(other, signer.raw_key()) == reason);
  CHECK(refusal(R"({"signed_policy": "", "signature": ""})", signer.raw_key()) == reason);
  CHECK(refusal(R"({"signed_policy": "e30=", "signature": "e30="})", signer.raw_key()) == reason);
}

TEST_CASE("A broken envelope is refused") {
  CHECK(refusal(R"({"signed_policy": "e30="})", "") == "an envelope has signed_policy and signature, and nothing else");
  CHECK(refusal(R"({"signed_policy": "e30=", "x": "e30="})", "") == "signature is missing");
  CHECK(refusal(R"({"signed_policy": "e30", "signature": "e30="})", "") == "signed_policy must be base64 (RFC 4648)");
  CHECK(refusal(R"({"signed_policy": "e3 0", "signature": "e30="})", "") == "signed_policy must be base64 (RFC 4648)");
  CHECK(refusal(R"({"signed_policy": 1, "signature": "e30="})", "") == "signed_policy must be base64 (RFC 4648)");
  CHECK(refusal(R"({"signed_policy": "e30=", "signature": "e30=", "muster_policy": 1})", "") ==
        "an envelope has signed_policy and signature, and nothing else");
}

TEST_CASE("The exact bytes come out of a signed envelope") {
  const Signer signer(1);
  const auto opened = open_envelope(signer.envelope_of(document), signer.raw_key());
  REQUIRE(opened);
  CHECK(opened->document == document);
  CHECK(opened->is_signed);
}

TEST_CASE("Without a key a signature counts for nothing") {
  const auto opened = open_envelope(Signer(1).envelope_of(document), "");
  REQUIRE(opened);
  CHECK(opened->document == document);
  CHECK_FALSE(opened->is_signed);
  CHECK_FALSE(open_envelope(document, "")->is_signed);
}

TEST_CASE("A key file holds an Ed25519 public key and nothing else") {
  const config::ScratchFolder folder;
  folder.write("good.pem", Signer(1).pem());
  CHECK(ssl::load_ed25519_key(folder.path() / "good.pem").value() == Signer(1).raw_key());
  CHECK(ssl::load_ed25519_key(folder.path() / "none.pem").error().kind == ErrorKind::local_file);

  folder.write("text.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  folder.write("rsa.pem",
               "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
               "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n");
  for (const char* const name : {"text.pem", "rsa.pem"}) {
    const auto key = ssl::load_ed25519_key(folder.path() / name);
    REQUIRE_FALSE(key);
    CHECK(key.error().kind == ErrorKind::preference);
    CHECK(config::has(key.error().message, "is not an Ed25519 public key in PEM form"));
  }
}
