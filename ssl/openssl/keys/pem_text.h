// PEM as text. Private to this folder.
#pragma once

#include <string_view>

#include "platform/base/secret.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

std::string_view text_in(const BioPtr& bio);  // of a memory BIO, as long as it lives

// Whether a text, of which the last whole block has been taken off, ends in the middle of the line that begins another.
bool ends_in_a_begin_line(std::string_view rest);

Secret pem_of(EVP_PKEY* key);  // PKCS#8 without a password; empty: it cannot be written

}  // namespace muster::ssl
