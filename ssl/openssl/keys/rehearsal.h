// Whether a certificate can be sent in a TLS handshake at all. Private to this folder.
#pragma once

#include <optional>
#include <string>

#include "ssl/openssl/types.h"

namespace muster::ssl {

// Why no server takes this pair, whatever it allows: nullopt where it can be sent in some version of TLS. Common keys
// are known to be fine; an uncommon one shows a server of the same library and the same system-wide settings its
// certificate, in memory.
std::optional<std::string> why_unsendable(X509* certificate, EVP_PKEY* key);

}  // namespace muster::ssl
