// What `muster status` says, and the exit status for monitoring.
#pragma once

#include <optional>
#include <string>

#include "agent/cli/results.h"

namespace muster::cli {

std::string in_words(const StatusReport& report);

struct MonitoringFacts {
  std::optional<Error> identity;          // certificate or key missing, broken or expired
  std::optional<Error> expires_soon;      // inside CertificateWarningDays
  std::optional<Error> refused;           // by a beacon, again and again, or by something in front of it
  std::optional<WallTime> waiting_since;  // of the first file that waits; nullopt: none
  std::optional<WallTime> last_delivery;  // to any beacon; nullopt: none is known
  seconds max_age{0};                     // StatusMaxAge
};

// The first of these: identity (4), files set aside or refused (7), files that wait while nothing was delivered for
// StatusMaxAge (6), and a certificate that expires soon (1). Pure.
std::optional<Error> verdict_for_monitoring(const StatusReport& report, const MonitoringFacts& facts, WallTime now);

}  // namespace muster::cli
