#include "agent/certificate/renewal_plan.h"

#include <algorithm>

namespace muster::certificate {
namespace {

constexpr seconds a_day{86'400};
constexpr seconds an_hour{3600};

// In whole seconds: a lifetime of centuries does not overflow them.
seconds length_of(const Lifetime& lifetime) {
  const auto begin = std::chrono::floor<seconds>(lifetime.begin.time_since_epoch());
  const auto end = std::chrono::floor<seconds>(lifetime.end.time_since_epoch());
  return std::max(seconds(0), end - begin);
}

}  // namespace

WallTime first_request(const Lifetime& lifetime, double share) {
  const seconds third = length_of(lifetime) / 3;
  const seconds spread(static_cast<seconds::rep>(share * static_cast<double>(third.count()) / 10));
  return lifetime.end - third + spread;
}

WallTime next_request(const Lifetime& lifetime, double share, std::optional<WallTime> last, WallTime now) {
  const WallTime first = first_request(lifetime, share);
  if (!last || *last < first || *last > now) return first;

  const seconds shortest = std::clamp(length_of(lifetime) / 24, seconds(60), an_hour);
  const seconds left = std::chrono::floor<seconds>(lifetime.end - *last);
  return *last + std::clamp(left / 8, shortest, a_day);
}

}  // namespace muster::certificate
