// Finds out whether a certificate of a server's chain is revoked. Private to ssl/openssl/.
#pragma once

#include <string_view>

#include "ssl/handshake.h"
#include "ssl/openssl/openssl_trust.h"
#include "ssl/openssl/revocation/openssl_evidence.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

struct RevocationCase {
  const OpensslTrust& trust;
  OpensslEvidence* evidence;      // null: nothing can be fetched
  STACK_OF(X509)* chain;          // leaf first, the anchor last, which is not judged
  std::string_view staple;        // OCSP response that the server sent about the leaf (RFC 6066, 8); empty: none
  bool records_findings = false;  // fills Handshake::revocation
};

// True: go on. False: refused; the record says why, and what would have to be fetched to find out.
bool check_revocation(const RevocationCase& subject, Handshake& record, WallTime now);

}  // namespace muster::ssl
