// CRLs (RFC 5280, 5): reading them, and the facts that revocation is judged by. Private to ssl/openssl/.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.h"
#include "platform/base/result.h"
#include "ssl/openssl/types.h"
#include "ssl/revocation.h"

namespace muster::ssl {

// One CRL, parsed once. Immutable, so it may be shared among threads.
class Crl {
 public:
  // `place`: the file or URL that it comes from.
  Crl(CrlPtr crl, std::string place);

  bool is_of(X509* issuer) const;                   // by name
  bool is_signed_by(X509* issuer) const;            // computed once for each key
  const CrlFacts& facts() const { return facts_; }  // all that does not depend on a certificate
  std::string der() const;

  // What it says about a certificate, and whether `issuer`, by name and key, has signed it.
  CrlFacts facts_about(X509* certificate, X509* issuer) const;

 private:
  CrlEntry entry_of(X509* certificate) const;

  CrlPtr crl_;
  CrlFacts facts_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, bool> signers_;  // digest of a public key -> whether the signature is its own
};

using CrlList = std::vector<std::shared_ptr<const Crl>>;

std::string public_key_digest(X509* certificate);  // SHA-256

// One or more CRLs, in PEM or in DER. Anything else, and anything after them in DER, is an error of kind
// untrusted_server that names `place`.
Result<CrlList> read_crls(std::string_view content, const std::string& place);

}  // namespace muster::ssl
