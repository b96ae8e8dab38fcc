// The blocks of a PEM file (RFC 7468, RFC 1421). Private to this folder.
#pragma once

#include <functional>
#include <string_view>

namespace muster::ssl {

// Valid during one call.
struct PemBlock {
  std::string_view name;    // "ENCRYPTED PRIVATE KEY"
  std::string_view header;  // with DEK-Info; usually empty
  const unsigned char* der = nullptr;
  long size = 0;
};

// One after the other, until `use` returns false. A broken block is left out, as OpenSSL's own readers do.
void for_each_block(std::string_view pem, const std::function<bool(const PemBlock&)>& use);

}  // namespace muster::ssl
