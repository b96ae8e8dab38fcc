// What CRLs say of one certificate, by the rules of OpenSSL's walk but for this certificate alone. Private to this
// folder.
#pragma once

#include <string>
#include <vector>

#include "ssl/openssl/types.h"

namespace muster::ssl {

enum class CrlStatus { good, revoked, unknown };

struct CrlVerdict {
  CrlStatus status = CrlStatus::unknown;
  std::string why;  // unknown: what is wrong with the CRLs
};

// CRLs without the signature of `issuer` do not count.
CrlVerdict judge_by_crls(X509* certificate, X509* issuer, const std::vector<X509_CRL*>& crls);

// Errors of the walk that tell only that a CRL is missing or of no use.
bool lacks_evidence(int error);

// Such an error in words; `crl` may be null.
std::string why_unknown(int error, X509* certificate, const X509_CRL* crl);

}  // namespace muster::ssl
