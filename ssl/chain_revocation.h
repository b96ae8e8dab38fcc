// Decides about a server's chain when each of its certificates has been judged. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ssl/handshake.h"
#include "ssl/revocation.h"

namespace muster::ssl {

struct JudgedCertificate {
  std::string subject;
  RevocationVerdict verdict;
  std::optional<WantedEvidence> wanted = {};  // what verdict.fetch names
};

struct ChainDecision {
  ServerFault fault = ServerFault::none;  // none: the chain is accepted
  std::string subject;                    // the certificate in question
  std::string text;                       // why it is refused, or why it was accepted although nothing is known
  std::vector<WantedEvidence> wanted;     // revocation_unknown: fetch this and judge again
};

// `chain`: leaf first, without the certificate at its end that is trusted. BestEffort accepts what cannot be found out.
ChainDecision decide_on_chain(const std::vector<JudgedCertificate>& chain, RevocationCheck check);

}  // namespace muster::ssl
