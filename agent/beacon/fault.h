// Why a beacon is avoided for a while, and for how long. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "agent/transfer/outcome.h"
#include "platform/base/clock.h"

namespace muster::beacon {

// One value for each back-off.
enum class Fault {
  name,         // its name cannot be resolved
  connect,      // nothing accepts connections there, or its proxy does not let us through
  tls,          // accepts, and then does not shake hands
  late,         // was silent beyond our patience, while another beacon was ready
  untrusted,    // we do not trust its certificate
  certificate,  // it refuses ours
  declined,     // 4xx and what else is about its configuration: redirects, an upload that it did not keep
  failing,      // 5xx, 408, 429
  slow,         // slower than NetworkMinSpeed, or silent
  broken,       // connections are lost
};

// nullopt: it says nothing about the beacon (our own file, a lost race).
std::optional<Fault> fault_of(const transfer::Outcome& outcome);

std::string_view words(Fault fault);    // "its name could not be resolved"
std::string_view name_of(Fault fault);  // one word, for files and JSON
std::optional<Fault> fault_named(std::string_view word);

// Refusals by or of a certificate end when our certificates change.
bool ends_with_epoch(Fault fault);

// A background probe finds out whether the fault is gone. After the other faults a transfer does.
bool is_tried_in_background(Fault fault);
// The fault is gone where a connection was made, with a TLS handshake or without.
bool ends_with_connection(Fault fault, bool with_tls);

// An attempt that failed.
struct FailedAttempt {
  Fault fault = Fault::connect;
  WallTime began;
  WallTime ended;
  seconds asked{0};         // Retry-After (RFC 9110, 10.2.3), obeyed up to a day
  std::uint64_t epoch = 0;  // the certificates in use
};

struct Penalty {
  Fault fault = Fault::connect;
  WallTime since;
  seconds length{0};
  unsigned times = 1;       // in a row, until a transfer goes well
  std::uint64_t epoch = 0;  // the certificates in use then

  // A clock that went back to before it began ends it: its remaining length is unknown.
  bool lasts(WallTime now) const { return since <= now && now < since + length; }
  WallTime end() const { return since + length; }
  // It lasts, and is not forgiven because other certificates are in use now.
  bool counts(WallTime now, std::uint64_t epoch_now) const {
    return lasts(now) && (!ends_with_epoch(fault) || epoch == epoch_now);
  }

  // A trial succeeded. When the same fault comes again the penalty is still longer than this one.
  void end_by_trial() { length = seconds::zero(); }
  bool trial_is_due(WallTime now) const {
    return length > seconds::zero() && !lasts(now) && is_tried_in_background(fault);
  }
};

// The next penalty after `former`: each fault has a length of its own that doubles while it repeats, a quarter more or
// less by chance so that a fleet does not come back at once. Many attempts may be under way when a beacon dies: what
// began before `former` counts as the same time, and while that one lasts the same fault is no news. `random` is in [0,
// 1).
Penalty penalty_after(const std::optional<Penalty>& former, const FailedAttempt& attempt, double random);

}  // namespace muster::beacon
