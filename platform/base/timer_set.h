// Named points in time, each set or not. `Name` is an enumeration whose last value is `count`.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "platform/base/clock.h"

namespace muster {

// The earlier of two times that may both be missing.
inline std::optional<SteadyTime> earlier(std::optional<SteadyTime> one, std::optional<SteadyTime> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

template <class Name>
class TimerSet {
 public:
  void set(Name name, SteadyTime time) { slot(name) = time; }
  void set_at_latest(Name name, SteadyTime time) { slot(name) = earlier(slot(name), time); }
  void clear(Name name) { slot(name).reset(); }

  bool is_set(Name name) const { return at(name).has_value(); }
  const std::optional<SteadyTime>& at(Name name) const { return times_[static_cast<std::size_t>(name)]; }

  // Whether its time has come; it is then cleared.
  bool take_due(Name name, SteadyTime now) {
    if (!at(name) || now < *at(name)) return false;
    clear(name);
    return true;
  }

  std::optional<SteadyTime> earliest() const {
    std::optional<SteadyTime> found;
    for (const auto& time : times_) found = earlier(found, time);
    return found;
  }

 private:
  std::optional<SteadyTime>& slot(Name name) { return times_[static_cast<std::size_t>(name)]; }

  std::array<std::optional<SteadyTime>, static_cast<std::size_t>(Name::count)> times_{};
};

}  // namespace muster
