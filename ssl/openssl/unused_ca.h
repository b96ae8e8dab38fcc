// CA files that were put where they are not loaded from. Private to this folder.
#pragma once

#include <filesystem>
#include <string>

#include "ssl/openssl/types.h"

namespace muster::ssl {

// The file in an OpenSSL hash folder that holds the issuer of `certificate` and is not loaded, because its name is not
// its hash; empty: there is none. Reads at most 200 files; for messages.
std::string unused_ca_file(const std::filesystem::path& folder, X509* certificate);

// Any file in the folder that is not loaded, though it holds a certificate; empty: there is none.
std::string unused_ca_file(const std::filesystem::path& folder);

}  // namespace muster::ssl
