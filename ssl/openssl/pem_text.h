// PEM as text. Private to this folder.
#pragma once

#include <string_view>

#include "platform/base/secret.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

std::string_view text_in(const BioPtr& bio);  // of a memory BIO, as long as it lives
Secret pem_of(EVP_PKEY* key);                 // PKCS#8 without a password; empty: it cannot be written

}  // namespace muster::ssl
