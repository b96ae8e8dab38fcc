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
  int error = 0;    // unknown: X509_V_ERR_...; 0: something else
};

// CRLs without the signature of `issuer` do not count.
CrlVerdict judge_by_crls(X509* certificate, X509* issuer, const std::vector<X509_CRL*>& crls);

// Why a CRL that lies where one of the certificate's should lie is no evidence; empty: it is, be it out of date. A
// delta CRL is judged without its base.
std::string flaw_of(X509_CRL* crl, bool is_delta, X509* certificate, X509* issuer);

bool is_delta(const X509_CRL* crl);

// Whether `crl` is younger than `other`, or as old (RFC 5280, 5.2.3). False where one does not tell its number.
bool covers(const X509_CRL* crl, const X509_CRL* other);

// Errors of the walk that tell only that a CRL is missing or of no use.
bool lacks_evidence(int error);

// Such an error in words; `crl` may be null.
std::string why_unknown(int error, X509* certificate, const X509_CRL* crl);

}  // namespace muster::ssl
