#include "agent/transfer/http_date.h"

#include <curl/curl.h>

namespace muster::transfer {

std::optional<WallTime> parse_http_date(const std::string& value) {
  const time_t time = curl_getdate(value.c_str(), nullptr);
  if (time < 0) return std::nullopt;
  return std::chrono::system_clock::from_time_t(time);
}

}  // namespace muster::transfer
