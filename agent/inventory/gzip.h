// The gzip file format (RFC 1952), as spool files have it.
#pragma once

#include <string>
#include <string_view>

namespace muster::inventory {

// Without file name and time: equal content gives equal bytes.
std::string gzip(std::string_view content);

}  // namespace muster::inventory
