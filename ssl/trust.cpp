#include "ssl/trust.h"

#include <algorithm>

#include "ssl/evidence.h"

namespace muster::ssl {

bool TrustSettings::uses(RevocationSource source) const {
  return revocation != RevocationCheck::off && std::find(sources.begin(), sources.end(), source) != sources.end();
}

bool is_ca_name(const std::string& name) {
  const auto dot = name.find('.');
  if (dot != 8 || dot + 1 == name.size()) return false;
  return name.find_first_not_of("0123456789abcdef") == dot &&
         name.find_first_not_of("0123456789", dot + 1) == std::string::npos;
}

bool is_crl_name(const std::string& name) { return !name.starts_with('.') && !name.starts_with(fetched_prefix); }

}  // namespace muster::ssl
