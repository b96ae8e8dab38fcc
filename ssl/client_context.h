// Puts identity and trust on a TLS library context that somebody else (libcurl) has just made.
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

class ClientContext {
 public:
  // `identity` may be null: then no client certificate is shown. `trust` is never null. `evidence` may be null: then
  // revocation is judged by deployed CRLs and staples, and nothing is wanted.
  ClientContext(std::shared_ptr<const Identity> identity, std::shared_ptr<const Trust> trust,
                std::shared_ptr<Evidence> evidence = nullptr);

  // `native_context` is an SSL_CTX* made for one connection to `host` (a name or an address literal without
  // brackets), before its handshake. Sets: TLS 1.2 as the minimum; certificate, chain and key; our own CA store;
  // verification of chain, dates, serverAuth usage, name (RFC 6125) and revocation, as trust says. The returned
  // record is filled during the life of the connection, which shares it. Thread: the one that drives all connections.
  Result<std::shared_ptr<Handshake>> apply(void* native_context, const std::string& host) const;

  // The record of a live connection by its SSL*, null when apply() did not make it.
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
