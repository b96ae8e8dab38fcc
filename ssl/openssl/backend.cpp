#include "ssl/backend.h"

#include <fmt/core.h>

#include "ssl/identity.h"
#include "ssl/trust.h"

namespace muster::ssl {

std::string place_of(const IdentityFiles& files) { return files.certificate.string(); }

std::string place_of_roots(const TrustSettings& settings) {
  return fmt::format("{} (SSLCACertificateFile) or {} (SSLCACertificatePath)", settings.ca_file.string(),
                     settings.ca_path.string());
}

std::string place_of_crls(const TrustSettings& settings) { return settings.crl_path.string() + " (SSLCRLPath)"; }

bool shows_certificate_requests() { return true; }

}  // namespace muster::ssl
