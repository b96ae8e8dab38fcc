// For monitoring: CRLs that are no longer renewed.
#pragma once

#include <optional>

#include "platform/base/clock.h"
#include "ssl/trust.h"

namespace muster::ssl {

// When the oldest of the deployed CRLs was issued (thisUpdate; RFC 5280, 5.1.2.4); nullopt: there is none.
std::optional<WallTime> oldest_crl(const Trust& trust);

}  // namespace muster::ssl
