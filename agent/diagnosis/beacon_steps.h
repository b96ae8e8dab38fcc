// The steps at one beacon: name, connection, TLS, who it is, who we are, and what it answers.
#pragma once

#include "agent/beacon/location.h"
#include "agent/diagnosis/finding.h"
#include "agent/diagnosis/local_steps.h"
#include "agent/transfer/outcome.h"

namespace muster::diagnosis {

struct Visit {
  const beacon::Location& location;
  beacon::Direction direction;
  bool known_way = false;  // the way there has been examined already, and leads there: only the answer is new
  bool probe_upload = false;
};

// Whether the beacon saw a request; otherwise no other one on the same way will get further.
bool beacon_steps(const Visit& visit, const Local& local, const Listener& listener);

// What one exchange shows of connection, TLS and clock, up to the step where it failed (way_steps.cpp). `error` is that
// of the exchange, as a transfer would report it.
Findings way_steps(const Visit& visit, const Local& local, const transfer::Outcome& outcome, const Error& error);

// The first of them, which are known before it has been found out whether the server is revoked.
Findings first_way_steps(const Visit& visit, const transfer::Outcome& outcome);

}  // namespace muster::diagnosis
