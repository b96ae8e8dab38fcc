#include "ssl/tls_failure.h"

#include <openssl/sslerr.h>

#include <charconv>

namespace muster::ssl {
namespace {

// "error:0A00010B:SSL routines::wrong version number": the library of the error, here libssl, and its reason.
unsigned reason_in(std::string_view words) {
  constexpr std::string_view prefix = "error:0A";
  constexpr unsigned mask = 0x7fffff;
  unsigned number = 0;
  const auto at = words.find(prefix);
  if (at == std::string_view::npos) return 0;
  const std::string_view digits = words.substr(at + prefix.size(), 6);
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number & mask;
}

}  // namespace

TlsFailure failure_in(std::string_view words) {
  switch (reason_in(words)) {
    case SSL_R_UNSUPPORTED_PROTOCOL: return TlsFailure::old_tls;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_WRONG_VERSION_NUMBER: return TlsFailure::not_tls;
    default: return TlsFailure::none;
  }
}

}  // namespace muster::ssl
