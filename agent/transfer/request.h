// One HTTP exchange as the callers see it: values only, no transport library in sight.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/transfer/sink.h"
#include "agent/transfer/transfer_options.h"
#include "platform/base/clock.h"
#include "platform/base/secret.h"
#include "platform/unique_fd.h"

namespace muster::transfer {

enum class Method { get, head, put, post };

// Where to, and as whom.
struct Endpoint {
  bool tls = true;
  std::string host;  // name or address, IPv6 without brackets
  unsigned port = 443;
  std::string proxy;  // empty: none, whatever the environment says
  std::string user;   // basic authentication; empty: none
  std::shared_ptr<const Secret> password;

  std::string url(const std::string& path) const;
};

struct Limits {
  seconds total{3600};                    // the whole exchange
  std::uint64_t largest_reply = 1 << 20;  // body bytes; counted as they come, whatever the headers say
};

// Whether a body waits until the server has said that it wants it (RFC 9110, 10.1.1: `Expect: 100-continue`).
enum class Expectation {
  by_size,  // above 32 KiB: smaller ones are cheaper to send than to ask about
  always,
  never,
};

// What is sent: `size` bytes, in memory or of an open file that is read by position, so that contenders can share it.
struct Body {
  std::shared_ptr<const std::string> text;  // null: the file
  std::shared_ptr<const platform::UniqueFd> file;
  std::uint64_t size = 0;
  Expectation expectation = Expectation::by_size;

  bool asks_first() const;
};

// Exchanges of one group race: the first that has a verified connection passes, the others end as lost before
// any byte of their request is sent. 0: no group.
using Group = std::uint64_t;

struct Request {
  Method method = Method::get;
  Endpoint endpoint;
  std::string path;                  // percent-encoded, starts with '/'
  std::vector<std::string> headers;  // "Name: value"
  Body body;                         // put and post; of a post in memory
  std::shared_ptr<Sink> sink;        // get and post: where a 2xx body goes; null: counted and dropped
  Limits limits;
  TransferOptions options;
  bool progress = false;  // report Progress events, ten a second at most
  Group group = 0;
  platform::UniqueFd socket;    // already connected to the endpoint, or empty: connect first
  bool new_connection = false;  // never over one that is open already
};

// Connects and stops there, to measure or to hand the socket to a later Request.
struct Probe {
  enum class Depth { tcp, tls };
  Depth depth = Depth::tcp;
  Endpoint endpoint;
  TransferOptions options;
  Group group = 0;
};

}  // namespace muster::transfer
