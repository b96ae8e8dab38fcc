// Is a certificate of a server's chain revoked? Judged by CRLs, OCSP answers and what the server staples, in the order
// of the preferences. Private to ssl/openssl/.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ssl/handshake.h"
#include "ssl/openssl/openssl_trust.h"
#include "ssl/openssl/revocation/openssl_evidence.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// Fetched CRLs that concern certificates of one chain.
struct FetchedCrls {
  std::vector<CrlPtr> in_date;   // for the walk to look at, beside the deployed ones
  std::vector<CrlPtr> outlived;  // what they revoke is revoked; they are no evidence for a good one
};
void add_fetched_crls(OpensslEvidence& evidence, X509* certificate, WallTime now, FetchedCrls& crls);

// Those of all certificates that the server has sent.
FetchedCrls fetched_crls(OpensslEvidence& evidence, X509_STORE_CTX* walk, WallTime now);

// What the walk along the chain found out by CRLs.
struct CrlFindings {
  std::map<int, std::string> unknown;  // depth -> why nothing is known about that certificate; absent: good
  FetchedCrls fetched;
};

struct RevocationCase {
  const OpensslTrust& trust;
  OpensslEvidence* evidence;  // null: nothing can be fetched
  STACK_OF(X509)* chain;      // leaf first, the anchor last, which needs no evidence
  const CrlFindings& crls;
  std::string_view staple;  // OCSP response that the server sent about the leaf (RFC 6066, 8); empty: none
  bool tells = false;       // fills Handshake::revocation
};

// True: go on. False: refused; the record says why, and what would have to be fetched to find out.
bool judge_revocation(const RevocationCase& subject, Handshake& record, WallTime now);

}  // namespace muster::ssl
