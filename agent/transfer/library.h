// The HTTP library that the program runs with.
#pragma once

#include <string>
#include <vector>

namespace muster::transfer {

std::string library_version();  // "libcurl/7.88.1"; that of the loaded library, not of the headers

// What of it matters to an operator: "https", "IPv6", "async-dns".
std::vector<std::string> library_features();

}  // namespace muster::transfer
