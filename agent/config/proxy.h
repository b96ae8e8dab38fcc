// Which hosts go without a proxy.
#pragma once

#include <string_view>

namespace muster::config {

// `NONE` in place of a URL switches the proxy off.
bool is_no_proxy(std::string_view value);

// `exceptions`: names and domains with commas between them. "example.com" and ".example.com" stand for the
// domain and all below it, "*" for every host; addresses are compared as text. Networks are not understood.
bool goes_without_proxy(std::string_view host, std::string_view exceptions);

}  // namespace muster::config
