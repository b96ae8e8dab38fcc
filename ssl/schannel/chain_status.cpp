#include "ssl/schannel/chain_status.h"

#include <fmt/core.h>

#include <array>

namespace muster::ssl {
namespace {

constexpr std::uint32_t revoked = 0x4;
constexpr std::uint32_t revocation_unknown = 0x40;
constexpr std::uint32_t revocation_offline = 0x0100'0000;
constexpr std::uint32_t unknown_bits = revocation_unknown | revocation_offline;

constexpr std::uint32_t policy_revoked = 0x800B'010C;             // CERT_E_REVOKED
constexpr std::uint32_t policy_revocation_failure = 0x800B'010E;  // CERT_E_REVOCATION_FAILURE
constexpr std::uint32_t policy_no_check = 0x8009'2012;            // CRYPT_E_NO_REVOCATION_CHECK
constexpr std::uint32_t policy_offline = 0x8009'2013;             // CRYPT_E_REVOCATION_OFFLINE
constexpr std::uint32_t policy_is_revoked = 0x8009'2010;          // CRYPT_E_REVOKED

struct Known {
  std::uint32_t number;
  ServerFault fault;
  const char* words;
};

// In the order in which they are named where there are several.
constexpr std::array trust_errors{
    Known{0x0000'0008, ServerFault::other, "a signature in its chain is wrong"},
    Known{0x0001'0000, ServerFault::unknown_ca, "its issuer was neither sent nor is trusted here"},
    Known{0x0000'0020, ServerFault::unknown_ca, "its root CA is not trusted here"},
    Known{0x0400'0000, ServerFault::unknown_ca, "it is among the certificates that this machine distrusts"},
    Known{revoked, ServerFault::revoked, "its issuer has revoked it"},
    Known{0x0000'0001, ServerFault::expired, "it, or a CA certificate above it, is out of date"},
    Known{0x0000'0010, ServerFault::wrong_usage, "its extended key usage"},
    Known{revocation_offline, ServerFault::revocation_unknown, "no place that it names could be reached"},
    Known{revocation_unknown, ServerFault::revocation_unknown, "no CRL and no OCSP answer about it is at hand"},
};

constexpr std::array policy_errors{
    Known{0x800B'010F, ServerFault::wrong_name, "its subjectAltName has other names"},  // CERT_E_CN_NO_MATCH
    Known{0x800B'0109, ServerFault::unknown_ca, "its root CA is not trusted here"},     // CERT_E_UNTRUSTEDROOT
    Known{0x800B'010A, ServerFault::unknown_ca, "its issuer was neither sent nor is trusted here"},  // CERT_E_CHAINING
    Known{0x800B'0101, ServerFault::expired, "it, or a CA certificate above it, is out of date"},    // CERT_E_EXPIRED
    Known{0x800B'0110, ServerFault::wrong_usage, "its extended key usage"},  // CERT_E_WRONG_USAGE
    Known{policy_revoked, ServerFault::revoked, "its issuer has revoked it"},
    Known{policy_is_revoked, ServerFault::revoked, "its issuer has revoked it"},
    Known{policy_revocation_failure, ServerFault::revocation_unknown, "no CRL and no OCSP answer about it is at hand"},
    Known{policy_no_check, ServerFault::revocation_unknown, "it names no place to ask"},
    Known{policy_offline, ServerFault::revocation_unknown, "no place that it names could be reached"},
};

// What does not count where revocation is not, or not strictly, checked. Nothing of the policy's, which names one error
// alone and was asked to leave revocation out: another one may be behind it.
ChainStatus without_forgiven(ChainStatus status, RevocationCheck check) {
  if (check != RevocationCheck::required) status.trust &= ~unknown_bits;
  if (check == RevocationCheck::off) status.trust &= ~revoked;
  return status;
}

ChainFault named(const Known& known, std::uint32_t number) {
  return {known.fault, fmt::format("{} (0x{:08X})", known.words, number)};
}

}  // namespace

ChainFault fault_of(const ChainStatus& reported, RevocationCheck check) {
  const ChainStatus status = without_forgiven(reported, check);
  for (const Known& known : trust_errors) {
    if ((status.trust & known.number) != 0) return named(known, status.trust);
  }
  for (const Known& known : policy_errors) {
    if (status.policy == known.number) return named(known, status.policy);
  }

  if (status.trust != 0 || status.policy != 0) {
    return {ServerFault::other,
            fmt::format("Windows refuses its chain (0x{:08X}, 0x{:08X})", status.trust, status.policy)};
  }
  return {};
}

}  // namespace muster::ssl
