// Puts a client certificate and its key where the preferences say, so that at no moment a pair lies there that does not
// work: neither for a transfer that begins meanwhile, nor after a crash.
#pragma once

#include <filesystem>

#include "platform/base/result.h"
#include "ssl/pem_pair.h"

namespace muster::certificate {

struct Places {
  std::filesystem::path certificate;
  std::filesystem::path key;  // may be the same file
};

// First both are written beside their places; then the certificate file gets the new certificates and the old ones,
// then the key is switched, then the old certificates go. Every reader takes the certificate that belongs to the key,
// so every step shows a whole pair. On failure the old pair is in place. Errors are of kind local_file.
Status install(const ssl::PemPair& pair, const Places& places);

// Where the key of a request waits for its certificate.
std::filesystem::path waiting_key(const Places& places);

}  // namespace muster::certificate
