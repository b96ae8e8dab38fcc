// Keys that OpenSSL's own reader cannot decrypt with its default providers. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ssl/openssl/keys/ciphers.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// The cipher of the first encrypted block, PKCS#8 (RFC 5958) or with a DEK-Info header (RFC 1421, 4.6.1.3), as OpenSSL
// calls it; nullopt: there is no such block.
std::optional<std::string> cipher_of_key(std::string_view pem);

// Null where the password is wrong or the context has no such cipher. Takes passwords of any length.
KeyPtr decrypt_key(std::string_view pem, std::string_view password, OSSL_LIB_CTX* context);

}  // namespace muster::ssl
