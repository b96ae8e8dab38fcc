#include "ssl/chain_revocation.h"

#include <fmt/core.h>

namespace muster::ssl {

using Status = RevocationVerdict::Status;

ChainDecision decide_on_chain(const std::vector<JudgedCertificate>& chain, RevocationCheck check) {
  ChainDecision decision;
  for (const JudgedCertificate& one : chain) {
    if (one.verdict.status == Status::revoked) {
      return {ServerFault::revoked, one.subject, "certificate revoked (23), " + one.verdict.why, {}};
    }
    if (one.verdict.status == Status::good) continue;

    if (one.wanted) decision.wanted.push_back(*one.wanted);
    if (decision.subject.empty()) {
      decision.subject = one.subject;
      decision.text = one.verdict.why;
    }
  }

  const bool is_unknown = !decision.subject.empty();
  const bool is_final = decision.wanted.empty();
  if (is_unknown && !(is_final && check == RevocationCheck::best_effort)) {
    decision.fault = ServerFault::revocation_unknown;
    decision.text = fmt::format("of {}, {}", decision.subject, decision.text);
  }
  return decision;
}

}  // namespace muster::ssl
