#include "agent/transfer/retry_after.h"

#include <algorithm>

#include "agent/transfer/http_date.h"
#include "platform/base/text.h"

namespace muster::transfer {

std::optional<seconds> retry_after(const Reply& reply, WallTime now) {
  constexpr seconds longest{86'400};
  const auto value = reply.field("Retry-After");
  if (!value) return std::nullopt;
  if (const auto number = text::to_number(*value)) {
    return seconds(std::min<std::uint64_t>(*number, static_cast<std::uint64_t>(longest.count())));
  }
  const bool digits_only = value->find_first_not_of("0123456789") == std::string::npos;
  if (!value->empty() && digits_only) return longest;  // beyond all numbers
  const auto date = parse_http_date(*value);
  if (!date) return std::nullopt;
  return std::clamp(std::chrono::ceil<seconds>(*date - now), seconds::zero(), longest);
}

}  // namespace muster::transfer
