// A private key and the certificates that came with it, from two PEM files or from one PKCS#12. Private to this folder.
#pragma once

#include <vector>

#include "ssl/identity.h"
#include "ssl/openssl/keys/private_key.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

struct Credentials {
  KeyPtr key;
  CertificatePtr leaf;                 // belongs to the key
  std::vector<CertificatePtr> others;  // in the order of the file
};

// Errors are of kind identity. Dates and usage are not judged, only what fits and what is better than another.
Result<Credentials> load_credentials(const IdentityFiles& files, Privacy privacy, WallTime now);

// The certificates of a PEM file alone; the key is not read.
Result<std::vector<CertificatePtr>> load_certificates(const IdentityFiles& files);

}  // namespace muster::ssl
