// The certificate stores of Local Computer. Private to this folder.
#pragma once

#include <vector>

#include "platform/base/result.h"
#include "ssl/schannel/certificate.h"

namespace muster::ssl {

// All certificates in Personal; a store that is not there yet is empty. Errors are of kind identity.
Result<std::vector<StoredCertificate>> read_machine_store();
std::vector<StoreCandidate> candidates_of(const std::vector<StoredCertificate>& stored);

// Into a store by its name: MY, CA (intermediates) or ROOT. Replaces the same certificate. The error is of this kind.
Status add_to_machine_store(const wchar_t* name, PCCERT_CONTEXT certificate, ErrorKind kind);

}  // namespace muster::ssl
