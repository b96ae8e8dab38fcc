// CA certificates that this machine trusts, where it keeps them in a store of its own (credential_store.h).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "platform/base/result.h"

namespace muster::ssl {

// Puts the CA certificates of a file, PEM or DER, into the machine's store: self-issued ones among the roots that it
// trusts, others among the intermediates. Returns their subjects. One that is for no CA is refused, and nothing is put
// in. Errors are of kind untrusted_server; of kind usage where there is no such store.
Result<std::vector<std::string>> trust_roots(const std::filesystem::path& file);

}  // namespace muster::ssl
