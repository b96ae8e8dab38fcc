// How one exchange ended: facts for the decision what to do next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/transfer/reply.h"
#include "platform/base/clock.h"
#include "platform/base/error.h"
#include "platform/unique_fd.h"
#include "ssl/handshake.h"

namespace muster::transfer {

// One value for each way of going on, decided once (classify.h).
enum class Cause {
  answered,          // a whole HTTP answer; its status decides
  identity_refused,  // the peer refused our certificate, or demands one that we do not show
  server_untrusted,  // we refused the server's certificate; Handshake::fault says why
  name,              // the host name, or the proxy's, could not be resolved
  connect,           // TCP connection refused, unreachable or not in time
  tls,               // no common TLS version, not TLS at all, or no handshake in time
  stalled,           // too slow or silent after the handshake
  broken,            // connection lost before the answer was whole
  bad_answer,        // not HTTP, or an answer that cannot be verified as whole
  too_large,         // more body than the limit
  early_answer,      // 2xx before the peer had all of the body, and then the connection failed or the rest was not sent
  unproven_refusal,  // 400 to an upload by a beacon that has accepted none so far (set by the upload)
  not_kept,          // an upload was answered well, and then the beacon does not have it (set by who asked it)
  proxy,             // the proxy refused
  local_read,        // the file to send could not be read, or changed meanwhile
  local_write,       // the sink failed
  lost_race,         // another exchange of the group was faster
  cancelled,
  internal,  // the transport library failed in an unforeseen way
};

// What exactly went wrong on the way, as far as that is known: for the message; an upload also asks again
// where there was no_alert.
enum class Trouble {
  none,  // nothing more is known
  refused,
  no_route,
  forbidden,  // by this machine's firewall or routes
  unanswered,
  overdue,        // not silent, and yet not done in the longest time that it may take in all
  no_descriptor,  // the limit of open files is reached
  old_tls,        // no version in common
  not_tls,
  no_alert,  // lost without a telling alert after our certificate was asked for, which is also how some refuse it
};

struct Timing {  // since the host's name was resolved; zero where it did not get that far or did not need to
  microseconds connect{0};
  microseconds tls{0};  // the handshake alone
  microseconds first_byte{0};
  microseconds total{0};
};

// How a proxy refused (cause proxy).
struct ProxyAnswer {
  int status = 0;                    // 0: it gave none
  std::vector<std::string> schemes;  // of authentication, that it offers (RFC 9110, 11.7.1)
};

struct Outcome {
  Cause cause = Cause::internal;
  Trouble trouble = Trouble::none;
  Reply reply;
  ProxyAnswer proxy;
  ssl::Handshake handshake;
  Timing timing;
  std::uint64_t sent = 0;       // body bytes
  std::uint64_t received = 0;   // body bytes
  bool new_connection = false;  // false: an open one was used again
  bool turned = false;          // the preferred IP version failed, and then the other one did
  bool early = false;           // a 2xx came before the peer had all of the body; it was sent to its end nevertheless
  bool slow = false;            // slower all in all than its options ask for, and nothing of ours was why
  std::string address;          // of the peer, where it got that far
  std::string detail;           // the library's words and numbers, for the message: "... (curl 7, errno 111)"
  std::optional<Error> local;   // what the sink or the file said
  platform::UniqueFd socket;    // of a successful Probe: the open connection, to be handed on
};

}  // namespace muster::transfer
