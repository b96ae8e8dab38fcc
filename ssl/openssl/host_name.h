// Names in a server's certificate. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "ssl/openssl/types.h"

namespace muster::ssl {

std::vector<std::string> alternative_names(X509* certificate);  // dNSNames and addresses, for messages

// OpenSSL's wildcard matcher takes letters, digits and hyphens only, yet hosts with an underscore in their first
// label exist. True when such a host is covered by "*." and the rest of it among the dNSNames, and by nothing
// wider.
bool wildcard_covers_underscore(X509* certificate, const std::string& host);

}  // namespace muster::ssl
