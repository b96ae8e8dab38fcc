// The identity of this backend. Private to this folder.
#pragma once

#include "ssl/identity.h"
#include "ssl/schannel/certificate.h"

namespace muster::ssl {

class StoreIdentity final : public Identity {
 public:
  explicit StoreIdentity(const StoreCandidate& candidate);

  const CertificateSummary& leaf() const override { return leaf_; }
  std::vector<CertificateSummary> chain() const override { return {}; }  // Windows adds it from its stores
  const std::string& content_key() const override { return content_key_; }
  std::vector<Error> warnings() const override { return {}; }
  std::vector<Error> revocations(const Trust&) const override { return {}; }

  // As libcurl names it.
  std::string place() const { return "LocalMachine\\MY\\" + thumbprint_; }

 private:
  CertificateSummary leaf_;
  std::string thumbprint_;
  std::string content_key_;
};

}  // namespace muster::ssl
