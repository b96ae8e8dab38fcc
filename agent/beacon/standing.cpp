#include "agent/beacon/standing.h"

#include <algorithm>

namespace muster::beacon {

void Standing::succeeded(std::size_t location, microseconds connect) {
  favourite_ = location;
  known_[location].avoid_until = {};
  if (connect.count() > 0) known_[location].connect = connect;
}

void Standing::failed(std::size_t location, seconds penalty, SteadyTime now) {
  known_[location].avoid_until = now + penalty;
  if (favourite_ == location) favourite_.reset();
}

std::optional<std::size_t> Standing::favourite(SteadyTime now) const {
  return favourite_ && !penalised(*favourite_, now) ? favourite_ : std::nullopt;
}

microseconds Standing::round_trip() const { return favourite_ ? known_[*favourite_].connect : microseconds::zero(); }

// TCP and TLS take three round trips at most; below a quarter of a second a busy beacon is no dead one.
milliseconds Standing::patience() const {
  constexpr milliseconds least{250};
  return std::max(least, std::chrono::duration_cast<milliseconds>(6 * round_trip()));
}

}  // namespace muster::beacon
