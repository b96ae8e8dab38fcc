// Local Computer > Personal. Private to this folder.
#pragma once

#include <vector>

#include "platform/base/result.h"
#include "ssl/schannel/certificate.h"

namespace muster::ssl {

// All certificates in it; a store that is not there yet is empty. Errors are of kind identity.
Result<std::vector<StoredCertificate>> read_machine_store();

}  // namespace muster::ssl
