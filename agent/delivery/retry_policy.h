// What follows from a failed transfer: again when, elsewhere, or never. Pure; docs/delivery.md has the table.
#pragma once

#include <optional>
#include <vector>

#include "agent/delivery/failure.h"

namespace muster::delivery {

// What a failure says about going on, once every usable beacon has been asked.
enum class Verdict {
  again,      // it may pass by itself: network, 408, 429, 5xx
  blocked,    // it will fail in the same way for every file until an operator fixes it: certificates
  declined,   // about the beacon or the configuration: 401, 403, 404, 405, 407, 409, redirects. The file waits
  set_aside,  // about this very file: 400, 411, 413, 414, 415, 422. No beacon will ever take it
  local,      // the file itself cannot be read, or changes
};

Verdict verdict_of(const transfer::Outcome& outcome);

// Of all failures of one transfer. One that may pass decides, then what concerns every file, then what concerns the
// configuration; a file is only set aside when every beacon said so.
Verdict verdict_of(const std::vector<Failure>& failures);

// Whether no other file would fare better now: every beacon was out of reach, is busy (429, 503), or has a certificate
// or refuses ours so that nothing goes to it.
bool beacons_are_out_of_use(const std::vector<Failure>& failures);

// The NetworkRetries family: with retries 5, increment 10 s and longest 120 s further tries come after 10, 30, 60, 100
// and 120 s since the first failure, and none after `longest`.
struct RetrySettings {
  unsigned retries = 1;
  seconds increment{0};
  seconds longest{120};
};

// How long to wait before the `retry`-th further try (from 1), jittered in full so that a fleet does not come back at
// once: between one second and the documented wait. `elapsed` is the time since the first failure; `random` is in
// [0, 1). nullopt: give up.
std::optional<milliseconds> wait_before(const RetrySettings& settings, unsigned retry, milliseconds elapsed,
                                        double random);

// The same where the beacons asked for a wait: not earlier, and up to a quarter later by chance.
milliseconds wait_asked(milliseconds wait, seconds asked, double random);

}  // namespace muster::delivery
