// The identity with the objects that a TLS context wants. Private to this folder.
#pragma once

#include <string>

#include "ssl/identity.h"
#include "ssl/openssl/keys/private_key.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

class OpensslIdentity final : public Identity {
 public:
  // The chain is without the leaf, each certificate followed by its issuer.
  OpensslIdentity(CertificatePtr leaf, CertificatesPtr chain, KeyPtr key);

  const CertificateSummary& leaf() const override { return summary_; }
  std::vector<CertificateSummary> chain() const override;
  const std::string& content_key() const override { return content_key_; }
  std::vector<Error> warnings() const override;
  std::vector<Error> revocations(const Trust& trust) const override;

  X509* certificate() const { return leaf_.get(); }
  STACK_OF(X509)* issuers() const { return chain_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

 private:
  CertificatePtr leaf_;
  CertificatesPtr chain_;
  KeyPtr key_;
  CertificateSummary summary_;
  std::string content_key_;
};

// Key and certificate that belong together, nothing else checked; and with all that Identity::load() checks.
Result<std::shared_ptr<const OpensslIdentity>> load_whole(const IdentityFiles& files, Privacy privacy, WallTime now);
Result<std::shared_ptr<const OpensslIdentity>> load_good(const IdentityFiles& files, Privacy privacy, WallTime now);

}  // namespace muster::ssl
