#include "platform/base/clock.h"

#include <array>
#include <cstdio>

namespace muster {
namespace {

struct CivilTime {
  int year;
  unsigned month, day;
  int hour, minute, second;
};

CivilTime civil(WallTime time) {
  using namespace std::chrono;
  const auto whole = floor<seconds>(time);
  const auto day = floor<days>(whole);
  const year_month_day date{day};
  const hh_mm_ss clock{whole - day};
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

}  // namespace

std::string iso8601(WallTime time) {
  const auto t = civil(time);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u %02d:%02d:%02d UTC", t.year, t.month, t.day, t.hour,
                t.minute, t.second);
  return buffer.data();
}

std::string iso_date(WallTime time) { return iso8601(time).substr(0, 10); }

}  // namespace muster
