// What Windows reports of a server's chain, in our terms. Pure: the numbers are those of wincrypt.h. Private to this
// folder.
#pragma once

#include <cstdint>
#include <string>

#include "ssl/handshake.h"
#include "ssl/trust.h"

namespace muster::ssl {

struct ChainStatus {
  std::uint32_t trust = 0;   // CERT_TRUST_STATUS, dwErrorStatus
  std::uint32_t policy = 0;  // CERT_CHAIN_POLICY_STATUS of CERT_CHAIN_POLICY_SSL, dwError
};

struct ChainFault {
  ServerFault fault = ServerFault::none;
  std::string text;  // with the number
};

// Refused where either of the two has an error: on some systems the policy overlooks what the other one has. BestEffort
// accepts a chain of which only the revocation is unknown, off one that is revoked.
ChainFault fault_of(const ChainStatus& status, RevocationCheck check);

}  // namespace muster::ssl
