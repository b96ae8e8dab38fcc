// Time as every decision takes it: an argument. Wall time for dates and what is written down, steady time for
// intervals.
#pragma once

#include <chrono>
#include <string>

namespace muster {

using WallTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline WallTime wall_now() { return std::chrono::system_clock::now(); }
inline SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

std::string iso8601(WallTime time);   // "2026-11-23 13:24:04 UTC"
std::string iso_date(WallTime time);  // "2026-11-23"

}  // namespace muster
