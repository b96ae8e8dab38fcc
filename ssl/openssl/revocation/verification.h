// Judges the server's chain during the handshake. Private to ssl/openssl/.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "ssl/handshake.h"
#include "ssl/openssl/openssl_trust.h"
#include "ssl/openssl/revocation/openssl_evidence.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {

// What belongs to one connection, and ends with its SSL_CTX.
struct Connection {
  std::shared_ptr<Handshake> record;
  std::shared_ptr<const OpensslTrust> trust;
  std::shared_ptr<OpensslEvidence> evidence;            // null: nothing can be fetched
  std::shared_ptr<std::map<std::string, bool>> asking;  // hosts that asked for our certificate: whether it was sent
  std::string host;
  bool has_identity = false;
  bool records_chain = false;

  // A good chain whose revocation is judged once the server's staple is there, or is known not to come.
  CertificatesPtr chain;
};

// For SSL_CTX_set_cert_verify_callback; `connection` is a Connection*. OpenSSL builds and checks the chain, without
// CRLs: every complaint refuses it, and the first one is recorded. Then check_revocation() judges each certificate but
// the last: that is a root, or an intermediate whose issuer is not trusted itself.
int verify_server(X509_STORE_CTX* walk, void* connection);

// For SSL_CTX_set_tlsext_status_cb, where staples are among the sources: the rest of the judgement. The library calls
// it in every full handshake, with a staple or without, before it sends our certificate.
int judge_with_staple(SSL* ssl, Connection& connection);

}  // namespace muster::ssl
