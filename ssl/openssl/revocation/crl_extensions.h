// The extensions of a CRL and of its entries (RFC 5280, 5.2 and 5.3). Private to this folder.
#pragma once

#include "ssl/openssl/types.h"
#include "ssl/revocation.h"

namespace muster::ssl {

// Fills number, base, scope and the addresses of delta CRLs; a flaw where one cannot be read, or is critical and
// unknown.
void read_extensions(X509_CRL* crl, CrlFacts& facts);

// What an entry says; "revoked" where its reason cannot be read.
CrlEntry reason_of(const X509_REVOKED* entry);

}  // namespace muster::ssl
