// A real TLS server in memory, and one meeting of it with a client context that was prepared for it.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ssl/client_context.h"
#include "tests/unit/ssl/authority.h"

namespace muster::testing {

struct ServerSide {
  Issued leaf;
  std::vector<Certificate> chain = {};       // sent behind the leaf
  int version = TLS1_3_VERSION;              // the only one
  std::vector<Certificate> client_cas = {};  // not empty: asks for a client certificate
  std::string client_algorithms = {};        // signatures accepted of the client; empty: the library's
  bool certificate_demanded = true;          // where one is asked for
  bool ask_late = false;                     // by renegotiation or after the handshake, as IIS does
  int warning_alert = -1;                    // sent with level warning after the handshake
};

struct Meeting {
  bool client_done = false;      // the client's side of the handshake
  bool data_arrived = false;     // the client read what the server sent behind it
  std::string client_seen;       // CN of the client certificate that the server accepted
  std::size_t client_chain = 0;  // certificates that the client sent
  std::shared_ptr<ssl::Handshake> record;
  bool record_of_connection = false;  // record_of() found the same one
};

// `meddle` may change the client's context after it was prepared.
Meeting meet(const ssl::ClientContext& client, const ServerSide& server, const std::string& host,
             const std::function<void(SSL_CTX*)>& meddle = {});

}  // namespace muster::testing
