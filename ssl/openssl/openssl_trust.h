// The trust with OpenSSL's store. Private to this folder.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "ssl/openssl/revocation/crl.h"
#include "ssl/openssl/types.h"
#include "ssl/trust.h"

namespace muster::ssl {

class OpensslTrust final : public Trust {
 public:
  OpensslTrust(TrustSettings settings, StorePtr store, CrlList crls, std::string content_key);

  const TrustSettings& settings() const override { return settings_; }
  const std::string& content_key() const override { return content_key_; }
  X509_STORE* store() const { return store_.get(); }  // shared by the contexts, never changed

  const CrlList& crls() const { return crls_; }  // deployed ones

  // Logs a warning unless it was logged before: once a generation is enough.
  void warn_once(const std::string& message) const;

 private:
  TrustSettings settings_;
  StorePtr store_;
  CrlList crls_;
  std::string content_key_;
  mutable std::mutex warned_mutex_;
  mutable std::set<std::string> warned_;
};

}  // namespace muster::ssl
