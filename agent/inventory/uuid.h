// UUIDs of version 8 (RFC 9562, 5.8): their bits are our own.
#pragma once

#include <string>
#include <string_view>

namespace muster::inventory {

// Of the first 16 bytes of a digest. "5f0c1c52-...": lower case.
std::string uuid_of(std::string_view digest);

}  // namespace muster::inventory
