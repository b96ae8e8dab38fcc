// Judges the server's chain during the handshake. Private to this folder.
#pragma once

#include <memory>
#include <string>

#include "ssl/handshake.h"
#include "ssl/openssl/openssl_trust.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// What belongs to one connection, and ends with its SSL_CTX.
struct Connection {
  std::shared_ptr<Handshake> record;
  std::shared_ptr<const OpensslTrust> trust;
  std::string host;
  bool has_identity = false;
  bool records_chain = false;
};

// For SSL_CTX_set_cert_verify_callback; `connection` is a Connection*. OpenSSL walks and checks the chain; here is
// decided what each of its complaints means:
// - revoked is always refused;
// - a certificate without usable CRL (absent, out of date, badly signed, of another scope) is "unknown". The
//   anchor needs none. Unknown is refused, or with BestEffort accepted with a warning. An entry in a CRL whose
//   signature does not verify makes its certificate unknown, not revoked: anybody can write such a CRL.
// - everything else is refused, and the first reason is recorded.
int verify_server(X509_STORE_CTX* walk, void* connection);

}  // namespace muster::ssl
