#include "agent/transfer/http_date.h"

#include <curl/curl.h>

#include <algorithm>

namespace muster::transfer {

std::optional<WallTime> parse_http_date(const std::string& value) {
  const time_t time = curl_getdate(value.c_str(), nullptr);
  if (time < 0) return std::nullopt;
  // Some dates that can be written, such as the end of the year 9999, are beyond our clock.
  constexpr auto latest = std::chrono::floor<seconds>(WallTime::max().time_since_epoch());
  return WallTime(std::min(seconds(time), latest));
}

}  // namespace muster::transfer
