// A TLS server in this process, joined to a client over memory, for real handshakes without a network.
#pragma once

#include <memory>
#include <string>

#include "ssl/client_context.h"
#include "tests/unit/ssl/pki.h"

namespace muster::test {

struct ServerProfile {
  const Pair* pair = nullptr;
  std::vector<const Pair*> chain = {};
  const Pair* client_ca = nullptr;  // set: asks for a client certificate and demands one of this CA
  int version = 0;                  // TLS1_2_VERSION, TLS1_3_VERSION; 0: whatever both can
};

struct Handshaken {
  bool client_done = false;  // the client has verified the server and is through
  bool server_done = false;
  ssl::Handshake record;
  std::string client_name;  // CN of the certificate that the server saw
};

// One connection from a context that ClientContext::apply() has prepared to a server with that profile.
Handshaken shake_hands(const ssl::ClientContext& client, const std::string& host, const ServerProfile& server);

}  // namespace muster::test
