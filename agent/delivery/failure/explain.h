// Puts a failure into words: what was tried, on which beacon, what is wrong, what to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/beacon/location.h"
#include "agent/delivery/job.h"
#include "agent/transfer/outcome.h"
#include "platform/base/error.h"
#include "ssl/identity.h"
#include "ssl/trust.h"

namespace muster::delivery {

// What the remedies refer to.
struct FailureContext {
  std::string action;                       // "upload of /tmp/a.ndi"
  const ssl::Identity* identity = nullptr;  // null: AddClientCertificateAndKey is off
  const ssl::TrustSettings* trust = nullptr;
  seconds network_timeout{0};
};

// One failed transfer on one beacon.
Error explain(const FailureContext& failure_context, const beacon::Location& location,
              const transfer::Outcome& outcome);

// A job that failed everywhere: one error for all, of the first kind in the order identity, untrusted_server,
// refused, unreachable that occurred; a local failure goes before them all. The others are counted in the message.
// Where no beacon was asked: which of them asked clients to wait, and until when.
Error explain(const FailureContext& failure_context, const Job& job);

// What is wrong and what to do, without what was tried and on which beacon.
struct Explanation {
  std::string problem;
  std::string remedy;
};
Explanation describe(const FailureContext& failure_context, const beacon::Location& location,
                     const transfer::Outcome& outcome);

Explanation describe_identity(const FailureContext& failure_context, const transfer::Outcome& outcome);
Explanation describe_server(const FailureContext& failure_context, const beacon::Location& location,
                            const transfer::Outcome& outcome);
// A 400 by a beacon that has accepted nothing from this identity so far.
Explanation describe_bad_request(const FailureContext& failure_context, const beacon::Location& location,
                                 const transfer::Outcome& outcome);
Explanation describe_early_answer(const beacon::Location& location, const transfer::Outcome& outcome);
Explanation describe_status(const beacon::Location& location, const transfer::Outcome& outcome);
Explanation describe_loss(const beacon::Location& location, const transfer::Outcome& outcome);
// Whom TCP connects to, without the user and password of a proxy.
struct Peer {
  std::string who;  // "beacon" or "proxy"
  std::string host;
  std::string setting;  // to be corrected where it is a wrong one
};
Peer peer_of(const beacon::Location& location);

Explanation describe_proxy(const beacon::Location& location, const transfer::Outcome& outcome);
Explanation describe_network(const FailureContext& failure_context, const beacon::Location& location,
                             const transfer::Outcome& outcome);

}  // namespace muster::delivery
