// Which of the certificates in a store of the system is shown to beacons. Pure.
#pragma once

#include <string>
#include <vector>

#include "platform/base/clock.h"
#include "ssl/certificate_summary.h"

namespace muster::ssl {

// Narrows the choice; what is empty does not count. Case does not count, nor blanks and colons in the thumbprint.
struct StoreSelection {
  std::string issuer;   // a part of its name
  std::string subject;  // likewise
  std::string thumbprint;

  bool operator==(const StoreSelection&) const = default;
};

struct StoreCandidate {
  CertificateSummary certificate;
  std::string thumbprint;        // SHA-1 over the DER, 40 hex digits, as Windows shows it
  bool is_for_clients = true;    // extended key usage: none, clientAuth or any (RFC 5280, 4.2.1.12)
  bool may_sign = true;          // key usage: none, or with digitalSignature
  bool has_private_key = true;   // the store knows one
  std::string key_problem = {};  // why this process cannot use it; empty: it can
};

struct JudgedCandidate {
  StoreCandidate candidate;
  bool is_chosen = false;
  std::string reason;  // why it is, or why not: "expired 3 days ago"
};

// All of them: the chosen one first, then those that would do, then the others. Of those that would do the one that is
// valid since last is chosen, between equals the one that ends last, then by thumbprint.
std::vector<JudgedCandidate> judge_candidates(std::vector<StoreCandidate> candidates, const StoreSelection& selection,
                                              WallTime now);

}  // namespace muster::ssl
