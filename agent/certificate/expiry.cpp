#include "agent/certificate/expiry.h"

#include <fmt/core.h>

namespace muster::certificate {

std::optional<Error> expires_soon(const ssl::CertificateSummary& leaf, const std::filesystem::path& file,
                                  long warning_days, WallTime now) {
  const long days = ssl::days_left(leaf, now);
  if (days >= warning_days) return std::nullopt;
  const std::string when = days < 0 ? "ended" : fmt::format("ends in {} day{},", days, days == 1 ? "" : "s");
  return Error(ErrorKind::failure,
               fmt::format("the client certificate {} {} on {}", file.string(), when, iso_date(leaf.not_after)),
               "renew it: muster cert request, or muster cert import with a new .pfx");
}

bool DailyReminder::due(WallTime now) {
  constexpr std::chrono::hours a_day{24};
  if (told_ && now >= *told_ && now < *told_ + a_day) return false;
  told_ = now;
  return true;
}

}  // namespace muster::certificate
