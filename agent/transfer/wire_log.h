// The wire traffic for -vv: heads and the library's remarks, without bodies and without what only both ends may know.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "agent/transfer/loop.h"

namespace muster::transfer {

// A line of a head as it is logged: the values of fields that carry credentials are left out (RFC 9110, 11; RFC 6265).
std::string shown_field(std::string_view line);

// As CURLOPT_DEBUGFUNCTION, for the exchange of that number.
void log_wire(ExchangeId id, curl_infotype type, std::string_view text);

}  // namespace muster::transfer
