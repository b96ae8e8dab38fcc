// Classifies failures: from the transport library's numbers to a Cause. Pure.
#pragma once

#include "agent/transfer/outcome.h"
#include "ssl/tls_failure.h"

namespace muster::transfer {

struct Facts {
  int curl_code = 0;
  int os_errno = 0;                                     // of this failure; 0: unknown
  ssl::TlsFailure tls_failure = ssl::TlsFailure::none;  // of a handshake

  struct Way {
    bool sockets_left = true;  // in this process
    long proxy_status = 0;     // of CONNECT; 0: none
    bool uses_proxy = false;
    bool asks_proxy = false;  // TLS with the beacon had not begun behind the proxy: only CONNECT can have failed
    bool tls = true;
    bool resolved = true;    // the host's name, or that of the proxy
    bool connected = false;  // TCP
  };
  Way way;

  struct Answer {
    bool begun = false;  // a byte of it came
    bool body_begun = false;
    bool length_known = true;  // it had a length or was chunked (RFC 9112, 6.3)
    bool early = false;        // a final answer to an upload came before the peer had all of the body
    bool over_limit = false;   // our own counter stopped it
    bool bad_head = false;     // too long, or with a length that can be read in two ways
  };
  Answer answer;

  // Of this side.
  struct Own {
    bool body_sent = true;  // all of the request's
    bool read_failed = false;
    bool sink_failed = false;
    bool overdue = false;  // its time in all was over
    bool lost_race = false;
  };
  Own own;
};

// The incoming TLS alert decides before any code of the library: a refused certificate looks like a network
// error to it (TLS 1.3 reports it only at the first read).
Cause classify(const Facts& facts, const Reply& reply, const ssl::Handshake& handshake);

// Of a transfer that went well: slower than `wanted` bytes a second from the connection to its end, without the time
// that our own file or sink took, over a time that says something. Where 0 are wanted nothing is slow.
bool was_slow(const Outcome& outcome, microseconds own_time, std::uint64_t wanted);

// `number` is the errno that the library keeps; 0 where it does not belong to this failure but to an earlier attempt,
// at another address of the name. `when_connected` is the number that it kept when the connection was made.
int fresh_errno(int curl_code, int number, int when_connected);

Trouble trouble_of(Cause cause, const Facts& facts, const Reply& reply, const ssl::Handshake& handshake);

}  // namespace muster::transfer
