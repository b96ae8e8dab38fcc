// Where a certificate or a CRL says that revocation can be found out. Private to ssl/openssl/.
#pragma once

#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "ssl/openssl/types.h"
#include "ssl/revocation.h"

namespace muster::ssl {

// The first three HTTP addresses in the order of the certificate, with what can be escaped in them escaped. The others
// are named in `unusable` with the reason.
Addresses crl_addresses(X509* certificate);     // RFC 5280, 4.2.1.13
Addresses delta_addresses(X509* certificate);   // 4.2.1.15
Addresses delta_addresses(X509_CRL* complete);  // 5.2.6
Addresses ocsp_addresses(X509* certificate);    // 4.2.2.1

// Names of a distribution point, in a form that can be compared. `issuer` completes a relative name.
std::vector<std::string> names_of(DIST_POINT_NAME* point, const X509_NAME* issuer);

// Names of all distribution points of a certificate for all reasons, and the one that RFC 5280, 6.3.3 assumes.
std::vector<std::string> points_of(X509* certificate);

}  // namespace muster::ssl
