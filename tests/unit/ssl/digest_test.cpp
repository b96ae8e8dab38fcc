#include "ssl/digest.h"

#include <catch2/catch.hpp>

#include "platform/base/text.h"

using namespace muster;

TEST_CASE("SHA-256 agrees with FIPS 180-4", "[digest]") {
  CHECK(text::hex(ssl::sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(text::hex(ssl::sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a digest does not depend on the pieces", "[digest]") {
  ssl::Sha256 hash;
  hash.update("a");
  hash.update("");
  ssl::Sha256 moved(std::move(hash));
  moved.update("bc");
  CHECK(moved.finish() == ssl::sha256("abc"));
}
