#include "ssl/tls_failure.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

namespace muster::ssl {
namespace {

constexpr std::uint32_t unsupported_function = 0x8009'0302;  // SEC_E_UNSUPPORTED_FUNCTION
constexpr std::uint32_t algorithm_mismatch = 0x8009'0331;    // SEC_E_ALGORITHM_MISMATCH
constexpr std::uint32_t invalid_token = 0x8009'0308;         // SEC_E_INVALID_TOKEN

// "schannel: next InitializeSecurityContext failed: SEC_E_INVALID_TOKEN (0x80090308) - ..."
std::uint32_t number_in(std::string_view words) {
  constexpr std::string_view prefix = "(0x";
  std::uint32_t number = 0;
  const auto at = words.find(prefix);
  if (at == std::string_view::npos) return 0;
  const std::string_view digits = words.substr(at + prefix.size(), 8);
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

// "schannel: AcquireCredentialsHandle failed: ...", before any byte is sent; or the certificate has gone from the
// store.
bool is_about_ours(std::string_view words) {
  constexpr std::string_view beginnings[] = {"schannel: AcquireCredentialsHandle",
                                             "schannel: Failed to open cert store",
                                             "schannel: Failed to get certificate"};
  return std::any_of(std::begin(beginnings), std::end(beginnings),
                     [&](std::string_view beginning) { return words.starts_with(beginning); });
}

}  // namespace

TlsFailure failure_in(std::string_view words) {
  if (is_about_ours(words)) return TlsFailure::own_key;
  switch (number_in(words)) {
    case unsupported_function:
    case algorithm_mismatch: return TlsFailure::old_tls;
    case invalid_token: return TlsFailure::not_tls;
    default: return TlsFailure::none;
  }
}

}  // namespace muster::ssl
