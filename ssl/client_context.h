// Brings identity and trust to the connections that libcurl makes, in two phases: before the handshake, by settings of
// the handle or on the TLS library's own context, and before the request, where a backend judges the server that
// libcurl could not have refused by then. A caller does both for every connection.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "platform/base/result.h"
#include "ssl/evidence.h"
#include "ssl/handshake.h"
#include "ssl/identity.h"
#include "ssl/trust.h"

namespace muster::ssl {

// What is set on each handle for https.
struct HandleSettings {
  std::string certificate;                // as libcurl names one in a store of the system; empty: none
  bool takes_native_context = false;      // before_handshake() is to be called
  bool checks_revocation_itself = false;  // libcurl is not to: before_request() does
};

class ClientContext {
 public:
  // `identity` may be null: then no client certificate is shown. `trust` is never null. `evidence` may be null: then
  // revocation is judged by deployed CRLs and staples, and nothing is wanted.
  ClientContext(std::shared_ptr<const Identity> identity, std::shared_ptr<const Trust> trust,
                std::shared_ptr<Evidence> evidence = nullptr);

  HandleSettings settings() const;

  // OpenSSL: `native_context` is an SSL_CTX* made for one connection to `host` (a name or an address literal without
  // brackets), before its handshake. Sets: TLS 1.2 as the minimum; certificate, chain and key; our own CA store;
  // verification of chain, dates, serverAuth usage, name (RFC 6125) and revocation, as trust says. The returned
  // record is filled during the life of the connection, which shares it. Thread: the one that drives all connections.
  Result<std::shared_ptr<Handshake>> before_handshake(void* native_context, const std::string& host) const;

  // Before each request on a connection to `host`, which may be older than the request. The record of the connection;
  // its `fault` says whether the server is refused, and then no byte may be sent. Null, which counts as refused: there
  // is none. `native_connection` is an SSL* or a PCtxtHandle, and may be null.
  std::shared_ptr<Handshake> before_request(void* native_connection, const std::string& host) const;

  // OpenSSL: the record of a live connection, null when before_handshake() did not make it. Schannel: null.
  static std::shared_ptr<Handshake> record_of(void* native_connection);

  // From now on each handshake keeps what the server shows of itself: for diagnosis, as it takes time.
  void record_server_chains() { records_chains_ = true; }

  bool has_identity() const { return identity_ != nullptr; }
  const std::shared_ptr<const Identity>& identity() const { return identity_; }
  const std::shared_ptr<const Trust>& trust() const { return trust_; }

  // Names the generation: equal keys mean that connections and sessions may be shared.
  std::string content_key() const;

 private:
  std::shared_ptr<const Identity> identity_;
  std::shared_ptr<const Trust> trust_;
  std::shared_ptr<Evidence> evidence_;
  // Hosts that asked for our certificate, which a resumption does not, and whether it was sent.
  std::shared_ptr<std::map<std::string, bool>> asking_;
  bool records_chains_ = false;
};

}  // namespace muster::ssl
