#include "agent/inventory/uuid.h"

#include <catch2/catch.hpp>
#include <string>

using namespace muster;

TEST_CASE("a UUID has the bits of the digest, but for those of its version and variant", "[uuid]") {
  CHECK(inventory::uuid_of(std::string(32, '\x00')) == "00000000-0000-8000-8000-000000000000");
  CHECK(inventory::uuid_of(std::string(32, '\xff')) == "ffffffff-ffff-8fff-bfff-ffffffffffff");
  CHECK(inventory::uuid_of("0123456789abcdefXX") == "30313233-3435-8637-b839-616263646566");
}
