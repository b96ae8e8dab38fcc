// Whether deployed CRLs list our own certificate: the beacons will know it too. Private to ssl/openssl/.
#pragma once

#include <vector>

#include "ssl/openssl/keys/openssl_identity.h"
#include "ssl/openssl/openssl_trust.h"

namespace muster::ssl {

// One error of kind identity for each certificate of the identity that is listed by a CRL of the trust with the
// signature of its issuer, in date or not.
std::vector<Error> own_revocations(const OpensslIdentity& identity, const OpensslTrust& trust);

}  // namespace muster::ssl
