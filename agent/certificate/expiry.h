// Whether a certificate expires soon enough to be reported.
#pragma once

#include <optional>
#include <string>

#include "platform/base/clock.h"
#include "platform/base/error.h"
#include "ssl/certificate_summary.h"
#include "ssl/identity.h"

namespace muster::certificate {

inline constexpr long last_week = 7;  // days: from here on it is urgent

// Nothing while more than `warning_days` are left (CertificateWarningDays). The message names `files`.
std::optional<Error> expires_soon(const ssl::CertificateSummary& leaf, const ssl::IdentityFiles& files,
                                  long warning_days, WallTime now);

// So that a running agent says it once a day. One thread.
class DailyReminder {
 public:
  bool due(WallTime now);  // true at most once in 24 hours, and after the clock was set back

 private:
  std::optional<WallTime> last_;
};

}  // namespace muster::certificate
