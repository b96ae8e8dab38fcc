#include "ssl/backend.h"

namespace muster::ssl {

std::string place_of(const IdentityFiles&) { return "Local Computer > Personal"; }

std::string place_of_roots(const TrustSettings&) { return "Local Computer > Trusted Root Certification Authorities"; }

std::string place_of_crls(const TrustSettings&) { return "Local Computer > Intermediate Certification Authorities"; }

bool shows_certificate_requests() { return false; }

}  // namespace muster::ssl
