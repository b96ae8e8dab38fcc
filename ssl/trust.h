// Whom to believe: CA certificates and CRLs, loaded once and immutable, so it may be shared among threads.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/result.h"

namespace muster::ssl {

enum class RevocationCheck { off, required, best_effort };
enum class RevocationSource { crl, ocsp, stapling };

struct TrustSettings {
  bool check_server = true;                                                              // CheckServerCertificate
  RevocationCheck revocation = RevocationCheck::required;                                // CheckCertificateRevocation
  std::vector<RevocationSource> sources{RevocationSource::crl, RevocationSource::ocsp};  // PrioritizeRevocationChecks
  std::filesystem::path ca_file;   // SSLCACertificateFile: one PEM bundle
  std::filesystem::path ca_path;   // SSLCACertificatePath: OpenSSL hash folder
  std::filesystem::path crl_path;  // SSLCRLPath: each file one or more CRLs, PEM or DER

  bool operator==(const TrustSettings&) const = default;

  bool uses(RevocationSource source) const;  // false as well where revocation is not checked
};

// Whether a file of that name in ca_path, or in crl_path, is loaded: "9d66eef0.0", how OpenSSL finds a CA by the hash
// of its subject, and any CRL that is neither hidden nor fetched.
bool is_ca_name(const std::string& name);
bool is_crl_name(const std::string& name);

class Trust {
 public:
  // With check_server off nothing is read. Otherwise at least one CA certificate must be found in ca_file or
  // ca_path (either may be absent, not both). A file that exists and cannot be parsed is an error, of kind
  // untrusted_server, that names file and line or block. CRLs that are expired are kept: a certificate that they
  // list stays revoked, but they are no evidence for a good one (RFC 5280, 6.3). Fetched ones are left to Evidence.
  static Result<std::shared_ptr<const Trust>> load(const TrustSettings& settings);

  virtual ~Trust() = default;
  virtual const TrustSettings& settings() const = 0;
  virtual const std::string& content_key() const = 0;  // equal content and settings give an equal key

 protected:
  Trust() = default;
};

}  // namespace muster::ssl
