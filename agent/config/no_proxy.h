// no_proxy: the hosts that are reached without a proxy, in the forms that are common elsewhere. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::config {

// Whether `host` (a name, or an address without brackets) is reached directly. Entries are separated by commas,
// semicolons or blanks. An entry is "*", a name with the names below it ("example.com", ".example.com",
// "*.example.com"), a name or address with one '*' at its end ("local*", "127.*"), an address in any spelling, or a
// network ("10.0.0.0/8", "fd00::/8"). Brackets and quotes around an entry and a dot at its end do not count. With a
// port ("example.com:8443", "[::1]:443") it holds for that port alone. `port` 0: not known.
bool goes_without_proxy(std::string_view host, unsigned port, std::string_view exceptions);

// The entries that can never match, as they were written.
std::vector<std::string> useless_exceptions(std::string_view exceptions);

}  // namespace muster::config
