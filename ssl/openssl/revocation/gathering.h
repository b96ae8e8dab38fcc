// Turns OpenSSL's objects into the facts that revocation is judged by. Private to ssl/openssl/.
#pragma once

#include <string_view>

#include "ssl/openssl/revocation/crl.h"
#include "ssl/openssl/revocation/openssl_evidence.h"
#include "ssl/openssl/types.h"
#include "ssl/revocation.h"

namespace muster::ssl {

CertificateFacts facts_of(X509* certificate, bool is_leaf);

// Deployed CRLs of the issuer alone, by name and key.
std::vector<CrlFacts> deployed_crls(const CrlList& deployed, X509* certificate, X509* issuer);

// Everything that is known about a certificate and issued by `issuer`. `fetched` null: nothing can be fetched.
// `staple`: the OCSP response that the server has sent with the certificate; empty: none.
RevocationEvidence gather_evidence(const CertificateFacts& facts, X509* certificate, X509* issuer,
                                   const CrlList& deployed, OpensslEvidence* fetched, std::string_view staple,
                                   WallTime now);

WantedEvidence wanted_from(WantedEvidence::Kind kind, const std::string& url, X509* certificate, X509* issuer);

}  // namespace muster::ssl
