// What all CRLs about one certificate say together (RFC 5280, 6.3.3). Pure; ssl/revocation.h has the rules.
#pragma once

#include <string>
#include <vector>

#include "ssl/revocation.h"

namespace muster::ssl {

struct CrlStanding {
  enum class Status { good, revoked, unknown };

  Status status = Status::unknown;
  WallTime as_of{};       // good, revoked: when the issuer said so
  bool is_fresh = false;  // good, revoked: the evidence is not due for renewal
  std::string why;        // the CRL that decided, or what is wrong with each

  bool may_be_released = false;         // revoked: on hold only
  bool is_listed_by_delta = false;      // revoked: no complete CRL lists it
  bool is_outdated = false;             // a delta CRL proves that a newer complete CRL exists
  std::vector<std::string> delta_urls;  // of the newest complete CRL
};

CrlStanding weigh_crls(const CertificateFacts& certificate, const std::vector<CrlFacts>& crls, WallTime now);

// CRL numbers can only be compared within one scope (RFC 5280, 5.2.3).
bool is_older(const CrlFacts& one, const CrlFacts& other);

// Whether `crl` was fetched from `url`, may be used, covers the certificate and is not due for renewal.
bool is_fresh_from(const CrlFacts& crl, const std::string& url, const CertificateFacts& certificate, WallTime now);

}  // namespace muster::ssl
