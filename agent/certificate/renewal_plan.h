// When a certificate is renewed automatically. Pure: time is an argument.
#pragma once

#include <optional>

#include "platform/base/clock.h"

namespace muster::certificate {

struct Lifetime {
  WallTime begin;
  WallTime end;
};

// When the renewal is requested for the first time: when a third of the lifetime is left, and up to a tenth of that
// third later. `share`, from 0 to below 1, is this device's place in between.
WallTime first_request(const Lifetime& lifetime, double share);

// When it is requested next; may be past: then now. `last`: the last request, of whatever certificate; one before
// first_request(), or in the future, does not count. A request without success is repeated after an eighth of the time
// that was left: after a day at most, after an hour at least (less where the whole lifetime is below a day), and hourly
// once the certificate has expired.
WallTime next_request(const Lifetime& lifetime, double share, std::optional<WallTime> last, WallTime now);

}  // namespace muster::certificate
