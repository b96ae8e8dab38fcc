#include "ssl/crl_age.h"

namespace muster::ssl {

// CRLs are kept and renewed by Windows.
std::optional<WallTime> oldest_crl(const Trust&) { return std::nullopt; }

}  // namespace muster::ssl
