#include "ssl/library.h"

#include <openssl/crypto.h>

namespace muster::ssl {

std::string library_version() { return std::string("OpenSSL/") + OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace muster::ssl
