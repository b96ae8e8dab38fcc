// Measures every location on the real path: TCP connect and TLS handshake on the port that transfers use. For
// people who want to know; a transfer itself only races.
#pragma once

#include <vector>

#include "agent/beacon/location.h"
#include "agent/transfer/loop.h"

namespace muster::beacon {

struct Measurement {
  std::size_t location = 0;   // index into the locations
  transfer::Outcome outcome;  // answered: TCP, and TLS where the location has it, went well
  microseconds connect{0};
  microseconds tls{0};
  bool reachable() const { return outcome.cause == transfer::Cause::answered; }
};

// Of the `wanted` locations, in their order. Handshakes are made a few at a time, so that they do not measure each
// other's use of the processor. Blocks; uses the loop alone.
std::vector<Measurement> survey(transfer::PumpedPort& loop, const Locations& locations,
                                const std::vector<std::size_t>& wanted, const transfer::TransferOptions& options);

}  // namespace muster::beacon
