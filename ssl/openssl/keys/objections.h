// What servers with OpenSSL find wrong with a client certificate, and others may not. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "ssl/openssl/types.h"

namespace muster::ssl {

struct Objection {
  std::string subject;     // of the certificate in question
  bool of_issuer = false;  // not the leaf
  std::string who = "nginx, Apache and HAProxy";
  std::string reason;          // "its extended key usage is anyExtendedKeyUsage alone (26)"
  std::string remedy;          // what to have issued
  bool others_accept = false;  // IIS does
};

// By the library's own verification for clients, without regard to trust, dates and revocation, which the beacon alone
// can judge: it knows other CAs. `issuers` as they are sent, without the leaf.
std::vector<Objection> objections_to(X509* leaf, STACK_OF(X509)* issuers);

}  // namespace muster::ssl
