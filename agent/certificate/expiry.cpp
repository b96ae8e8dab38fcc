#include "agent/certificate/expiry.h"

#include <fmt/core.h>

#include "ssl/backend.h"

namespace muster::certificate {

std::optional<Error> expires_soon(const ssl::CertificateSummary& leaf, const ssl::IdentityFiles& files,
                                  long warning_days, WallTime now) {
  const long days = ssl::days_left(leaf, now);
  if (days >= warning_days) return std::nullopt;
  return Error(ErrorKind::failure,
               fmt::format("the client certificate in {} {} ({})", ssl::place_of(files),
                           ssl::expiry_in_words(leaf, now), iso8601(leaf.not_after)),
               "renew it: muster cert request, or muster cert import with a new .pfx");
}

bool DailyReminder::due(WallTime now) {
  constexpr std::chrono::hours a_day{24};
  if (last_ && now >= *last_ && now < *last_ + a_day) return false;
  last_ = now;
  return true;
}

}  // namespace muster::certificate
