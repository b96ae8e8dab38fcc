#include "ssl/schannel/chain_status.h"

#include <catch2/catch.hpp>

namespace muster::ssl {
namespace {

ServerFault fault(std::uint32_t trust, std::uint32_t policy, RevocationCheck check = RevocationCheck::required) {
  const ChainFault found = fault_of({trust, policy}, check);
  CHECK(found.text.empty() == (found.fault == ServerFault::none));
  return found.fault;
}

TEST_CASE("A chain with any error is refused, also where the policy overlooks it") {
  CHECK(fault(0x10000, 0) == ServerFault::unknown_ca);
  CHECK(fault(0x20, 0) == ServerFault::unknown_ca);
  CHECK(fault(0x1, 0) == ServerFault::expired);
  CHECK(fault(0x10, 0) == ServerFault::wrong_usage);
  CHECK(fault(0x4, 0) == ServerFault::revoked);
  CHECK(fault(0x8, 0) == ServerFault::other);
  CHECK(fault(0x4000, 0) == ServerFault::other);  // a bit without words of its own
  CHECK(fault(0, 0x800B010F) == ServerFault::wrong_name);
  CHECK(fault(0, 0x800B0109) == ServerFault::unknown_ca);
  CHECK(fault(0, 0xDEADBEEF) == ServerFault::other);
  CHECK(fault(0, 0) == ServerFault::none);
}

TEST_CASE("Without evidence a required check refuses, and best effort does not") {
  CHECK(fault(0x1000040, 0x800B010E) == ServerFault::revocation_unknown);
  CHECK(fault(0x1000040, 0, RevocationCheck::best_effort) == ServerFault::none);
  CHECK(fault(0x1000040, 0, RevocationCheck::off) == ServerFault::none);
}

TEST_CASE("Best effort forgives nothing else") {
  CHECK(fault(0x4, 0, RevocationCheck::best_effort) == ServerFault::revoked);
  CHECK(fault(0x10040, 0, RevocationCheck::best_effort) == ServerFault::unknown_ca);
  CHECK(fault(0x1000041, 0, RevocationCheck::best_effort) == ServerFault::expired);
  CHECK(fault(0x4, 0, RevocationCheck::off) == ServerFault::none);
  CHECK(fault(0x4, 0x800B010F, RevocationCheck::off) == ServerFault::wrong_name);
}

TEST_CASE("A policy that names revocation may hide a wrong name, whatever is checked") {
  for (const auto check : {RevocationCheck::required, RevocationCheck::best_effort, RevocationCheck::off}) {
    CHECK(fault(0x1000040, 0x800B010E, check) == ServerFault::revocation_unknown);
    CHECK(fault(0, 0x80092012, check) == ServerFault::revocation_unknown);
    CHECK(fault(0, 0x800B010C, check) == ServerFault::revoked);
  }
}

TEST_CASE("The number is in the words") {
  CHECK(fault_of({0x1000040, 0}, RevocationCheck::required).text.find("0x01000040") != std::string::npos);
}

}  // namespace
}  // namespace muster::ssl
