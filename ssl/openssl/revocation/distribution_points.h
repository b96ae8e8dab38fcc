// Where a certificate says that its revocation can be found out. Private to ssl/openssl/.
#pragma once

#include <string>
#include <vector>

#include "ssl/openssl/types.h"

namespace muster::ssl {

// The first three URLs of either sort in the order of the certificate; `others` cannot be fetched: ldap, https, file.
struct Points {
  std::vector<std::string> http;
  std::vector<std::string> others;
};

Points crl_points(X509* certificate);     // RFC 5280, 4.2.1.13
Points delta_points(X509* certificate);   // 4.2.1.15
Points delta_points(X509_CRL* complete);  // 5.2.6
Points ocsp_points(X509* certificate);    // 4.2.2.1

}  // namespace muster::ssl
