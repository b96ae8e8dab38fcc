// The TLS library that the program runs with.
#pragma once

#include <string>

namespace muster::ssl {

std::string library_version();  // "OpenSSL/3.0.19"; that of the loaded library, not of the headers

}  // namespace muster::ssl
