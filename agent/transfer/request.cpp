#include "agent/transfer/request.h"

namespace muster::transfer {

bool Body::asks_first() const {
  constexpr std::uint64_t large = 32 << 10;
  if (size == 0 || expectation == Expectation::never) return false;
  return expectation == Expectation::always || size > large;
}

std::string Endpoint::url(const std::string& path) const {
  const bool literal6 = host.find(':') != std::string::npos;
  const std::string authority = literal6 ? "[" + host + "]" : host;
  return (tls ? "https://" : "http://") + authority + ":" + std::to_string(port) + path;
}

}  // namespace muster::transfer
