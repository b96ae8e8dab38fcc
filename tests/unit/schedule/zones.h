// Time zones by their rules (POSIX TZ), so that no tzdata is needed.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "agent/schedule/local_time.h"

namespace muster::schedule {

inline Moment utc(int year, unsigned month, unsigned day, std::chrono::seconds time = {}) {
  using namespace std::chrono;
  return sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) + time;
}

inline Date date(int year, unsigned month, unsigned day) {
  return Date(utc(year, month, day).time_since_epoch() / std::chrono::days(1) * std::chrono::days(1));
}

// The C library's answers for a range of years, looked up from then on.
class TestZone {
 public:
  explicit TestZone(const char* rule, int first_year = 2025, int last_year = 2037) {
    ::setenv("TZ", rule, 1);
    ::tzset();
    const Moment end = utc(last_year, 1, 1);
    for (Moment moment = utc(first_year, 1, 1); moment < end; moment += std::chrono::minutes(30)) {
      const std::chrono::seconds offset = offset_at(moment);
      if (changes_.empty() || changes_.back().second != offset) changes_.emplace_back(moment, offset);
    }
    ::unsetenv("TZ");
    ::tzset();
  }

  std::chrono::seconds operator()(Moment moment) const {
    const auto later = std::upper_bound(changes_.begin(), changes_.end(), moment,
                                        [](Moment one, const auto& change) { return one < change.first; });
    return later == changes_.begin() ? later->second : std::prev(later)->second;
  }

 private:
  static std::chrono::seconds offset_at(Moment moment) {
    const std::time_t time = moment.time_since_epoch().count();
    std::tm parts{};
    ::localtime_r(&time, &parts);
    return std::chrono::seconds(parts.tm_gmtoff);
  }

  std::vector<std::pair<Moment, std::chrono::seconds>> changes_;
};

inline constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";

// Among them: the south, half hours, a zone without DST, one whose clock is put forward at midnight, winter as the time
// that is put forward, and both ends of the world.
inline constexpr const char* twelve_zones[] = {
    "UTC0",
    berlin,
    "EST5EDT,M3.2.0,M11.1.0",
    "PST8PDT,M3.2.0,M11.1.0",
    "AEST-10AEDT,M10.1.0,M4.1.0/3",
    "NZST-12NZDT,M9.5.0,M4.1.0/3",
    "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "<+0545>-5:45",
    "<-04>4<-03>,M10.1.0/0,M3.4.0/0",
    "IST-1GMT0,M10.5.0,M3.5.0/1",
    "<+14>-14",
    "<-11>11",
};

}  // namespace muster::schedule
