#include "ssl/tls_failure.h"

#include <catch2/catch.hpp>

namespace muster::ssl {
namespace {

TEST_CASE("Words without a number of the TLS library say nothing") {
  CHECK(failure_in("") == TlsFailure::none);
  CHECK(failure_in("wrong version number") == TlsFailure::none);
  CHECK(failure_in("error:0A") == TlsFailure::none);
  CHECK(failure_in("error:0B00010B:x509 routines::unknown") == TlsFailure::none);
}

TEST_CASE("A peer that speaks no TLS, and one that speaks an old one, are told apart by the number") {
  CHECK(failure_in("TLS connect error: error:0A00010B:SSL routines::wrong version number") == TlsFailure::not_tls);
  CHECK(failure_in("error:0A000102:SSL routines::unsupported protocol") == TlsFailure::old_tls);
}

}  // namespace
}  // namespace muster::ssl
