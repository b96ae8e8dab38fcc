#include "agent/transfer/request.h"

namespace muster::transfer {

std::string Endpoint::url(const std::string& path) const {
  const bool literal6 = host.find(':') != std::string::npos;
  const std::string authority = literal6 ? "[" + host + "]" : host;
  return (tls ? "https://" : "http://") + authority + ":" + std::to_string(port) + path;
}

}  // namespace muster::transfer
