#include "ssl/crl_age.h"

#include <algorithm>

#include "ssl/openssl/openssl_trust.h"

namespace muster::ssl {

std::optional<WallTime> oldest_crl(const Trust& trust) {
  std::optional<WallTime> oldest;
  for (const auto& crl : static_cast<const OpensslTrust&>(trust).crls()) {
    const WallTime issued = crl->facts().this_update;
    oldest = std::min(oldest.value_or(issued), issued);
  }
  return oldest;
}

}  // namespace muster::ssl
